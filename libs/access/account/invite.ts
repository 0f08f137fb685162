import { derivedId } from '#eventing/ids.js';
import { type AccessFact, fact } from '../events.js';
import type { CallerContext } from '../caller.js';
import { daysAfter } from '../time.js';
import { type TokenSha256, defaultInvitationDays } from './invitation.js';

/** Whom an invitation is for, and what it promises. */
export interface Invited {
  readonly userId: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly role: string;
  readonly applicationIds: readonly string[];
  readonly teamId?: string | undefined;
  readonly expiresInDays?: number | undefined;
}

/** The id of the invitation that a command makes for a user: a repetition makes the same. */
export const invitationIdOf = ({ commandId }: { readonly commandId: string }, userId: string): string =>
  derivedId('inv', commandId, userId);

/** The first mail of a new invitation. */
export const invited = (
  command: CallerContext & { readonly accountId: string },
  { expiresInDays = defaultInvitationDays, applicationIds, ...person }: Invited,
  tokenSha256: TokenSha256,
): AccessFact => {
  const invitationId = invitationIdOf(command, person.userId);
  const issue = 1;
  const { userId, firstName, lastName, email, role, teamId } = person;
  return fact('UserInvited', {
    accountId: command.accountId,
    invitationId,
    issue,
    userId,
    role,
    applicationIds: [...new Set(applicationIds)],
    teamId,
    expiresAt: daysAfter(command.now, expiresInDays),
    tokenSha256: tokenSha256(userId, invitationId, issue),
    firstName,
    lastName,
    email,
  });
};
