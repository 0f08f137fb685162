import { refuse } from '#eventing/refusal.js';
import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { requirePermission } from '../permission.js';
import { memberTarget } from './target.js';
import type { Roles } from '../role/role.js';
import type { Account } from './account.js';
import { requireGivable, requireWithinOwn } from './given-role.js';
import { isLastOwner, presentMember, standingAccess } from './member.js';

/** With an application: the role of that access; null there falls back to the member's own. */
export class ChangeRole extends command<{
  accountId: string;
  userId: string;
  role: string | null;
  applicationId?: string | undefined;
}>() {}

export const changeRole = (command: ChangeRole, account: Account, roles: Roles): AccessFact[] => {
  const { caller, accountId, userId, role, applicationId, now } = command;
  requirePermission(caller, account, roles, 'members:change-role', memberTarget(account, userId));
  const member = presentMember(account, userId) ?? refuse('member-not-found');
  const access =
    applicationId === undefined ? undefined : (standingAccess(member, applicationId, now) ?? refuse('no-access'));
  const from = access === undefined ? member.role : access.role;
  if (from === role) return [];

  if (role !== null) requireGivable(caller, account, roles, role);
  else if (access === undefined) refuse('role-unknown');
  else requireWithinOwn(caller, account, roles, member.role);
  requireWithinOwn(caller, account, roles, from ?? member.role);
  if (access === undefined && isLastOwner(account, userId)) refuse('last-owner');
  return [fact('RoleChanged', { accountId, userId, from, to: role, applicationId })];
};
