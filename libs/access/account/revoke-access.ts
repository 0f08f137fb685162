import { refuse } from '#eventing/refusal.js';
import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { requirePermission } from '../permission.js';
import { memberTarget } from './target.js';
import type { Roles } from '../role/role.js';
import type { Account } from './account.js';
import { presentMember, standingAccess } from './member.js';

export class RevokeAccess extends command<{ accountId: string; userId: string; applicationId: string }>() {}

export const revokeAccess = (command: RevokeAccess, account: Account, roles: Roles): AccessFact[] => {
  const { caller, userId, applicationId, now } = command;
  requirePermission(caller, account, roles, 'members:revoke-access', memberTarget(account, userId));
  if (presentMember(account, userId) === undefined) refuse('member-not-found');
  return revoked(account, userId, applicationId, now);
};

/** Nothing to do where no access stands. */
export const revoked = (account: Account, userId: string, applicationId: string, now: string): AccessFact[] => {
  const member = presentMember(account, userId);
  const access = member && standingAccess(member, applicationId, now);
  if (access === undefined) return [];
  const { grantId } = access;
  return [fact('AccessRevoked', { accountId: account.id, grantId, userId, applicationId, cause: 'revoked' })];
};
