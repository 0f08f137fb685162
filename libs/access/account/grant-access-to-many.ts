import type { Applications } from '../application/application.js';
import { command } from '../caller.js';
import type { AccessFact } from '../events.js';
import { requirePermissionOnAll } from '../permission.js';
import type { Roles } from '../role/role.js';
import type { Account } from './account.js';
import { grantAll } from './granting.js';

export class GrantAccessToMany extends command<{
  accountId: string;
  grants: readonly {
    readonly userId: string;
    readonly applicationId: string;
    readonly role?: string | undefined;
    readonly expiresAt?: string | undefined;
  }[];
}>() {}

/** All of the pairs or none. */
export const grantAccessToMany = (
  command: GrantAccessToMany,
  account: Account,
  roles: Roles,
  applications: Applications,
): AccessFact[] => {
  requirePermissionOnAll(command.caller, account, roles, 'members:grant-access', command.grants);
  const grants = command.grants.map((grant, index) => ({ ...grant, pointers: pointersTo(`/grants/${index}`) }));
  return grantAll(command, account, roles, applications, grants);
};

const pointersTo = (at: string) => ({
  userId: `${at}/userId`,
  applicationId: `${at}/applicationId`,
  role: `${at}/role`,
  expiresAt: `${at}/expiresAt`,
});
