import { refuse } from '#eventing/refusal.js';
import type { Account } from '../account/account.js';
import type { Application } from '../application/application.js';
import type { Caller, KeyScope } from '../caller.js';
import {
  heldIn,
  holdsOnPlatform,
  outOfReachAs,
  reachesPlatform,
  requirePermission,
  requirePlatformPermission,
} from '../permission.js';
import type { Roles } from '../role/role.js';

/** Who decides about a key besides the operators. */
export interface KeyTerms {
  /** The account of an account's key; of an application's key the account that publishes it. */
  readonly account: Account | undefined;
  /** The application of an application's key. */
  readonly application: Application | undefined;
  readonly roles: Roles;
}

const managing = 'api-keys:manage';

/** Refuses unless the caller manages the keys of this scope; with `missing` when its thing is not there or out of their reach. */
export const requireKeyManagement = (caller: Caller, scope: KeyScope, terms: KeyTerms, missing: string): void => {
  const { account, application, roles } = terms;
  if (scope.kind === 'application' && (application?.revision ?? -1n) < 0n) refuse(missing);
  if (scope.kind === 'account' && account === undefined) refuse(missing);
  if (scope.kind !== 'platform' && account !== undefined)
    outOfReachAs(missing, () => requirePermission(caller, account, roles, managing));
  else if (reachesPlatform(caller)) requirePlatformPermission(caller, managing);
  else refuse(missing);
};

/** What the caller holds where a key of this scope would. */
export const heldFor = (caller: Caller, { account, roles }: KeyTerms): readonly string[] => {
  if (caller.kind === 'system' || holdsOnPlatform(caller, '*')) return ['*@platform'];
  if (account !== undefined) return heldIn(caller, account, roles);
  return caller.permissions;
};
