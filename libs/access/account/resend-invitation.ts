import { refuse } from '#eventing/refusal.js';
import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { requirePermission } from '../permission.js';
import type { Roles } from '../role/role.js';
import { daysAfter, secondsBetween } from '../time.js';
import type { Account } from './account.js';
import { type TokenSha256, defaultInvitationDays, requirePending } from './invitation.js';
import { invitationTarget } from './target.js';

export class ResendInvitation extends command<{ accountId: string; invitationId: string }>() {}

const secondsApart = 60;

/** Sends the mail again with a new token and a new end; the old token opens nothing any more. */
export const resendInvitation = (
  command: ResendInvitation,
  account: Account,
  roles: Roles,
  tokenSha256: TokenSha256,
): AccessFact[] => {
  const { caller, accountId, invitationId, now } = command;
  requirePermission(caller, account, roles, 'members:invite', invitationTarget(account, invitationId));
  const { userId, issue: last, issuedAt } = requirePending(account.invitations.get(invitationId), now);
  const retryAfterSeconds = Math.ceil(secondsApart - secondsBetween(issuedAt, now));
  if (retryAfterSeconds > 0) refuse('resent-too-soon', { retryAfterSeconds });
  const issue = last + 1;
  return [
    fact('InvitationResent', {
      accountId,
      invitationId,
      userId,
      issue,
      tokenSha256: tokenSha256(userId, invitationId, issue),
      expiresAt: daysAfter(now, defaultInvitationDays),
    }),
  ];
};
