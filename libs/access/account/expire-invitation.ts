import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { requireSystem } from '../permission.js';
import { hasCome } from '../time.js';
import type { Account } from './account.js';
import type { Invitation } from './invitation.js';

/** A timer's: names the issue it was set for, and decides nothing once that is gone. */
export class ExpireInvitation extends command<{ accountId: string; invitationId: string; issue: number }>() {}

export const expireInvitation = (command: ExpireInvitation, account: Account): AccessFact[] => {
  requireSystem(command.caller);
  const invitation = account.invitations.get(command.invitationId);
  if (invitation?.status !== 'pending' || invitation.issue !== command.issue) return [];
  return hasCome(invitation.expiresAt, command.now) ? [expired(account, invitation)] : [];
};

export const expired = (account: Account, { id, userId, issue }: Invitation): AccessFact =>
  fact('InvitationExpired', { accountId: account.id, invitationId: id, userId, issue });
