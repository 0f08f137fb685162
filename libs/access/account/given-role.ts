import { refuse } from '#eventing/refusal.js';
import type { Caller } from '../caller.js';
import { covers, heldIn } from '../permission.js';
import type { Role, Roles } from '../role/role.js';
import { rolesNotGiven } from '../role/role-table.js';
import type { Account } from './account.js';

/** Why a role can't be given in this account by this caller; undefined when it can. */
export const roleProblem = (caller: Caller, account: Account, roles: Roles, roleId: string): string | undefined => {
  const role = roles.get(roleId);
  if (role === undefined || !isGivenIn(role, account)) return 'role-unknown';
  if (role.status === 'retired') return 'role-retired';
  return exceeds(caller, account, roles, roleId) ? 'role-exceeds-yours' : undefined;
};

const isGivenIn = (role: Role, account: Account): boolean =>
  role.revision >= 0n && !rolesNotGiven.has(role.id) && (role.accountId === null || role.accountId === account.id);

const exceeds = (caller: Caller, account: Account, roles: Roles, roleId: string): boolean =>
  !covers(heldIn(caller, account, roles), roles.get(roleId)?.permissions ?? []);

/** @throws Refusal `role-unknown`, `role-retired`, `role-exceeds-yours` */
export const requireGivable = (caller: Caller, account: Account, roles: Roles, roleId: string): void => {
  const problem = roleProblem(caller, account, roles, roleId);
  if (problem !== undefined) refuse(problem);
};

/** Nobody acts on the role of somebody who holds more than they do. @throws Refusal `role-exceeds-yours` */
export const requireWithinOwn = (caller: Caller, account: Account, roles: Roles, roleId: string): void => {
  if (exceeds(caller, account, roles, roleId)) refuse('role-exceeds-yours');
};
