import { refuseAll } from '#eventing/refusal.js';
import { command } from '../caller.js';
import type { AccessFact } from '../events.js';
import { requirePermissionOnAll } from '../permission.js';
import type { Roles } from '../role/role.js';
import type { Account } from './account.js';
import { presentMember } from './member.js';
import { revoked } from './revoke-access.js';

export class RevokeAccessFromMany extends command<{
  accountId: string;
  accesses: readonly { readonly userId: string; readonly applicationId: string }[];
}>() {}

/** All of the pairs or none. */
export const revokeAccessFromMany = (command: RevokeAccessFromMany, account: Account, roles: Roles): AccessFact[] => {
  const { caller, accesses, now } = command;
  requirePermissionOnAll(caller, account, roles, 'members:revoke-access', accesses);
  refuseAll(
    accesses.flatMap(({ userId }, index) =>
      presentMember(account, userId) === undefined
        ? [{ code: 'member-not-found', pointer: `/accesses/${index}/userId`, id: userId }]
        : [],
    ),
  );
  const pairs = new Map(accesses.map((pair) => [`${pair.userId} ${pair.applicationId}`, pair]));
  return [...pairs.values()].flatMap(({ userId, applicationId }) => revoked(account, userId, applicationId, now));
};
