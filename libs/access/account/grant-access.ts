import { refuse } from '#eventing/refusal.js';
import type { Applications } from '../application/application.js';
import { command } from '../caller.js';
import type { AccessFact } from '../events.js';
import { requirePermission } from '../permission.js';
import { memberTarget } from './target.js';
import type { Roles } from '../role/role.js';
import type { Account } from './account.js';
import { grantAll, memberProblem } from './granting.js';

/** Gives one member one or many applications, with the same role and end. */
export class GrantAccess extends command<{
  accountId: string;
  userId: string;
  applicationIds: readonly string[];
  role?: string | undefined;
  expiresAt?: string | undefined;
}>() {}

export const grantAccess = (
  command: GrantAccess,
  account: Account,
  roles: Roles,
  applications: Applications,
): AccessFact[] => {
  const { caller, userId, applicationIds, role, expiresAt } = command;
  requirePermission(caller, account, roles, 'members:grant-access', memberTarget(account, userId));
  const problem = memberProblem(account, userId);
  if (problem !== undefined) refuse(problem);
  const grants = applicationIds.map((applicationId, index) => {
    const pointers = { userId: '', applicationId: `/applicationIds/${index}`, role: '/role', expiresAt: '/expiresAt' };
    return { userId, applicationId, role, expiresAt, pointers };
  });
  return grantAll(command, account, roles, applications, grants);
};
