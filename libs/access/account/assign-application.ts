import { refuseAll } from '#eventing/refusal.js';
import type { Application, Applications } from '../application/application.js';
import { type Caller, command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { holdsOnPlatform, requirePermission } from '../permission.js';
import type { Roles } from '../role/role.js';
import type { Account } from './account.js';

export class AssignApplication extends command<{ accountId: string; applicationIds: readonly string[] }>() {}

/** All of them or none; what is assigned already is nothing to do. */
export const assignApplication = (
  command: AssignApplication,
  account: Account,
  roles: Roles,
  applications: Applications,
): AccessFact[] => {
  const { caller, accountId, applicationIds } = command;
  requirePermission(caller, account, roles, 'applications:assign');
  refuseAll(
    applicationIds.flatMap((id, index) => {
      const code = account.assignments.has(id) ? undefined : problemOf(applications.get(id), account, caller);
      return code === undefined ? [] : [{ code, pointer: `/applicationIds/${index}`, id }];
    }),
  );
  return [...new Set(applicationIds)]
    .filter((id) => !account.assignments.has(id))
    .map((applicationId) => {
      const origin = applications.get(applicationId)?.publisherAccountId === accountId ? 'published' : 'assigned';
      return fact('ApplicationAssigned', { accountId, applicationId, origin });
    });
};

const problemOf = (application: Application | undefined, account: Account, caller: Caller): string | undefined => {
  if (application === undefined || application.revision < 0n) return 'application-not-found';
  const { publisherAccountId, assignableBy, status } = application;
  const isFree =
    publisherAccountId === account.id || assignableBy === 'admins' || holdsOnPlatform(caller, 'applications:assign');
  // What another account publishes for itself is not there for this one.
  if (!isFree && publisherAccountId !== null) return 'application-not-found';
  if (status === 'retired') return 'application-retired';
  return isFree ? undefined : 'application-not-assignable';
};
