import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { requirePermission } from '../permission.js';
import type { Roles } from '../role/role.js';
import type { Account } from './account.js';
import { requirePending } from './invitation.js';
import { invitationTarget } from './target.js';

export class RevokeInvitation extends command<{ accountId: string; invitationId: string }>() {}

export const revokeInvitation = (command: RevokeInvitation, account: Account, roles: Roles): AccessFact[] => {
  const { caller, accountId, invitationId, now } = command;
  requirePermission(caller, account, roles, 'members:invite', invitationTarget(account, invitationId));
  const { userId } = requirePending(account.invitations.get(invitationId), now);
  return [fact('InvitationRevoked', { accountId, invitationId, userId })];
};
