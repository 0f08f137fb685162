import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import type { Account } from './account.js';
import { openedBy } from './invitation.js';

export class DeclineInvitation extends command<{ accountId: string; invitationId: string; tokenSha256: string }>() {}

export const declineInvitation = (command: DeclineInvitation, account: Account): AccessFact[] => {
  const { accountId, invitationId } = command;
  const { userId } = openedBy(account, command);
  return [fact('InvitationDeclined', { accountId, invitationId, userId })];
};
