import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { requirePermission } from '../permission.js';
import type { Roles } from '../role/role.js';
import type { Account, Assignment, Leaving } from './account.js';
import { takingFacts } from './cascade.js';

export class UnassignApplication extends command<{ accountId: string; applicationId: string }>() {}

/** Takes the application from the account, and with it every access to it. */
export const unassignApplication = (command: UnassignApplication, account: Account, roles: Roles): AccessFact[] => {
  const { caller, accountId, applicationId } = command;
  requirePermission(caller, account, roles, 'applications:assign');
  const assignment = account.assignments.get(applicationId);
  if (assignment === undefined) return [];
  const unassigned = fact('ApplicationUnassigned', { accountId, applicationId });
  return takingFacts(command, account, unassigned, [
    ...leavingFrom(account, applicationId),
    ...taken(account, assignment),
  ]);
};

/** What an earlier removal has still to announce: it ends with the assignment it was given under, not in a later one. */
const leavingFrom = (account: Account, applicationId: string): Leaving[] =>
  [...account.leaving.values()].filter((access) => access.applicationId === applicationId);

const taken = (account: Account, { applicationId, holders }: Assignment): Leaving[] =>
  [...holders].flatMap((userId) => {
    const access = account.members.get(userId)?.accesses.get(applicationId);
    return access === undefined ? [] : [{ ...access, cause: 'unassigned' }];
  });
