import { refuse } from '#eventing/refusal.js';
import type { Applications } from '../application/application.js';
import { hasCome } from '../time.js';
import type { Account } from './account-state.js';

export type InvitationStatus = 'pending' | 'accepted' | 'declined' | 'revoked' | 'expired';

export interface Invitation {
  readonly id: string;
  readonly userId: string;
  readonly role: string;
  readonly teamId: string | null;
  /** The applications it names, each with the revision of the event that named it. */
  readonly applications: ReadonlyMap<string, bigint>;
  /** What was named and not given at the acceptance. */
  lostApplicationIds: readonly string[];
  status: InvitationStatus;
  /** Counts the mails from 1; the token of an earlier one opens nothing. */
  issue: number;
  issuedAt: string;
  expiresAt: string;
  tokenSha256: string;
  readonly invitedBy: string;
  /** Of its last event. */
  revision: bigint;
}

/** The SHA-256 (hex) of the token of an invitation's issue. Pure: the invitee's key is in it. */
export type TokenSha256 = (userId: string, invitationId: string, issue: number) => string;

export const defaultInvitationDays = 7;

/** The status at a time: expired from `expiresAt` on, even before the fact. */
export const statusAt = ({ status, expiresAt }: Invitation, now: string): InvitationStatus =>
  status === 'pending' && hasCome(expiresAt, now) ? 'expired' : status;

/** The user's pending invitation, also one whose time is over and whose expiry is not a fact yet. */
export const pendingInvitation = (account: Account, userId: string): Invitation | undefined =>
  account.invitations.get(account.pending.get(userId) ?? '');

/** The invitation that one of these events made. */
export const invitationMadeBy = (account: Account, events: readonly { readonly id: string }[]): Invitation => {
  const ids = new Set(events.map(({ id }) => id));
  const made = [...account.invitations.values()].find(({ invitedBy }) => ids.has(invitedBy));
  if (made === undefined) throw new Error('none of the events made an invitation');
  return made;
};

/** @throws Refusal `invitation-not-found`, `invitation-not-pending` with its status */
export const requirePending = (invitation: Invitation | undefined, now: string): Invitation => {
  if (invitation === undefined) return refuse('invitation-not-found');
  const status = statusAt(invitation, now);
  return status === 'pending' ? invitation : refuse('invitation-not-pending', { status });
};

/** The invitation that a token opens. @throws Refusal as {@link requirePending} */
export const openedBy = (
  account: Account,
  { invitationId, tokenSha256, now }: { invitationId: string; tokenSha256: string; now: string },
): Invitation => {
  const invitation = account.invitations.get(invitationId);
  return requirePending(invitation?.tokenSha256 === tokenSha256 ? invitation : undefined, now);
};

/** Whether an invitation still gives an application: assigned ever since it was named, and not retired. */
export const stillGives = (
  account: Account,
  invitation: Invitation,
  applicationId: string,
  applications: Applications,
): boolean => {
  const assignment = account.assignments.get(applicationId);
  const namedAt = invitation.applications.get(applicationId);
  if (assignment === undefined || namedAt === undefined || assignment.revision > namedAt) return false;
  return applications.get(applicationId)?.status !== 'retired';
};
