import type { Account } from './account-state.js';
import { presentMember } from './member.js';

/** What a person or thing in an account is to a caller who may only act on a team's, or on themselves. */
export interface Target {
  readonly userId?: string;
  readonly teamId: string | null;
  /** The refusal when it is outside the caller's team: the same as when it is not there at all. */
  readonly missing: string;
}

export const memberTarget = (account: Account, userId: string): Target => ({
  userId,
  teamId: presentMember(account, userId)?.teamId ?? null,
  missing: 'member-not-found',
});

export const invitationTarget = (account: Account, invitationId: string): Target => {
  const { userId, teamId = null } = account.invitations.get(invitationId) ?? {};
  return { teamId, missing: 'invitation-not-found', ...(userId === undefined ? {} : { userId }) };
};
