import { refuse } from '#eventing/refusal.js';
import type { Account } from '../account/account.js';
import type { Caller } from '../caller.js';
import { holdsOnPlatform, outOfReachAs, requirePermission, requirePlatformPermission } from '../permission.js';
import type { Roles } from '../role/role.js';
import type { Application } from './application.js';

/** The account that publishes an application; left out where the platform does. */
export interface Publishing {
  readonly account: Account;
  readonly roles: Roles;
}

/** Operators with the platform permission, or whoever holds `applications:assign` in the account that publishes. */
export const requirePublishing = (caller: Caller, permission: string, publishing: Publishing | undefined): void => {
  if (holdsOnPlatform(caller, permission)) return;
  if (publishing === undefined) requirePlatformPermission(caller, permission);
  else requirePermission(caller, publishing.account, publishing.roles, 'applications:assign');
};

/**
 * Refuses an application that is not there, that is retired, or that the caller may not change.
 * One published by an account out of the caller's reach is not there for them.
 */
export const requireChangeable = (
  caller: Caller,
  application: Application,
  publishing: Publishing | undefined,
): void => {
  if (application.revision < 0n) refuse('application-not-found');
  outOfReachAs('application-not-found', () => requirePublishing(caller, 'applications:manage', publishing));
  if (application.status === 'retired') refuse('application-retired');
};
