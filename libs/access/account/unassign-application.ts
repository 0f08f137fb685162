import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { requirePermission } from '../permission.js';
import type { Roles } from '../role/role.js';
import type { Account, Assignment } from './account.js';
import { takingFacts } from './cascade.js';
import type { Access } from './member.js';

export class UnassignApplication extends command<{ accountId: string; applicationId: string }>() {}

/** Takes the application from the account, and with it every access to it. */
export const unassignApplication = (command: UnassignApplication, account: Account, roles: Roles): AccessFact[] => {
  const { caller, accountId, applicationId } = command;
  requirePermission(caller, account, roles, 'applications:assign');
  const assignment = account.assignments.get(applicationId);
  if (assignment === undefined) return [];
  const unassigned = fact('ApplicationUnassigned', { accountId, applicationId });
  return takingFacts(command, account, unassigned, accessesOf(account, assignment), 'unassigned');
};

const accessesOf = (account: Account, { applicationId, holders }: Assignment): Access[] =>
  [...holders].flatMap((userId) => {
    const access = account.members.get(userId)?.accesses.get(applicationId);
    return access === undefined ? [] : [access];
  });
