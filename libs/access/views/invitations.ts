import type { RecordedEvent } from '#eventing/event-store.js';
import type { View } from '#eventing/view.js';
import type { InvitationStatus } from '../account/invitation.js';
import { type Person, forgetting, personColumns, personColumnsOf, personOf, personWords } from './person.js';
import { type ActorOfRow, type ViewFolds, decidedBy, revisionOf, viewFolds } from './view-folds.js';

type PromisedApplication = {
  readonly applicationId: string;
  /** Comes with the account, not with the invitation. */
  readonly auto: boolean;
  /** Why it is promised no more. */
  readonly lost: 'unassigned' | 'retired' | null;
};

/** An invitation with the name that its inviter typed. */
export type InvitationRow = Person & {
  readonly invitationId: string;
  readonly accountId: string;
  readonly userId: string;
  readonly role: string;
  readonly teamId: string | null;
  readonly status: InvitationStatus;
  readonly applications: readonly PromisedApplication[];
  readonly origin: 'invitation' | 'shared';
  readonly invitedBy: ActorOfRow;
  readonly invitedAt: string;
  readonly resentAt: string | null;
  readonly expiresAt: string;
  readonly closedAt: string | null;
  /** Counts the mails from 1. */
  readonly issue: number;
  /** Of the last mail's token. */
  readonly tokenSha256: string;
  readonly revision: string;
};

const invitation = ({ invitationId }: { readonly invitationId: string }): readonly string[] => [invitationId];

const closed = (row: InvitationRow, status: InvitationStatus, event: RecordedEvent): InvitationRow => ({
  ...row,
  status,
  closedAt: event.recordedAt,
  revision: revisionOf(event),
});

const closing = (status: InvitationStatus) => ({
  rows: invitation,
  fold: (row: InvitationRow | undefined, _: unknown, event: RecordedEvent) => row && closed(row, status, event),
});

/** What was lost before keeps its cause. */
const without = (
  row: InvitationRow,
  lostIds: readonly string[],
  lost: NonNullable<PromisedApplication['lost']>,
): InvitationRow => {
  const goes = (one: PromisedApplication): boolean => one.lost === null && lostIds.includes(one.applicationId);
  if (!row.applications.some(goes)) return row;
  return { ...row, applications: row.applications.map((one) => (goes(one) ? { ...one, lost } : one)) };
};

const folds: ViewFolds<InvitationRow> = {
  UserInvited: {
    rows: invitation,
    fold: (_, data, event) => ({
      invitationId: data.invitationId,
      accountId: data.accountId,
      userId: data.userId,
      ...personOf(data),
      role: data.role,
      teamId: data.teamId ?? null,
      status: 'pending',
      applications: data.applicationIds.map((applicationId) => ({ applicationId, auto: false, lost: null })),
      origin: 'invitation',
      invitedBy: decidedBy(event),
      invitedAt: event.recordedAt,
      resentAt: null,
      expiresAt: data.expiresAt,
      closedAt: null,
      issue: data.issue,
      tokenSha256: data.tokenSha256,
      revision: revisionOf(event),
    }),
  },
  InvitationResent: {
    rows: invitation,
    fold: (row, { issue, tokenSha256, expiresAt }, event) =>
      row && { ...row, issue, tokenSha256, expiresAt, resentAt: event.recordedAt, revision: revisionOf(event) },
  },
  ApplicationUnassigned: {
    rows: ({ accountId }) => [{ column: 'pendingAccountId', value: accountId }],
    fold: (row, { applicationId }) => row && without(row, [applicationId], 'unassigned'),
  },
  InvitationAccepted: {
    rows: invitation,
    // All that was unassigned is marked already.
    fold: (row, { lostApplicationIds }, event) =>
      row && without(closed(row, 'accepted', event), lostApplicationIds, 'retired'),
  },
  InvitationDeclined: closing('declined'),
  InvitationRevoked: closing('revoked'),
  InvitationExpired: closing('expired'),
};

export const invitationsView: View<InvitationRow> = {
  name: 'invitations',
  version: 1,
  ...viewFolds(folds),
  columns: {
    ...personColumns,
    accountId: 'text',
    pendingAccountId: 'text',
    userId: 'text',
    role: 'text',
    status: 'text',
    invitedBy: 'text',
    invitedAt: 'text',
    expiresAt: 'text',
    tokenSha256: 'text',
  },
  indexes: [
    ['accountId', 'invitedAt'],
    ['accountId', 'expiresAt'],
    ['accountId', 'email'],
    ['invitedAt'],
    ['expiresAt'],
    ['email'],
    ['userId'],
    ['invitedBy'],
    ['pendingAccountId'],
    ['tokenSha256'],
  ],
  sortedBy: ['email', 'invitedAt', 'expiresAt'],
  columnsOf: (row) => ({
    ...personColumnsOf(row),
    accountId: row.accountId,
    pendingAccountId: row.status === 'pending' ? row.accountId : null,
    userId: row.userId,
    role: row.role,
    status: row.status,
    invitedBy: row.invitedBy.id,
    invitedAt: row.invitedAt,
    expiresAt: row.expiresAt,
    tokenSha256: row.tokenSha256,
  }),
  /** The applications' ids are among the words, so that a filter by application is `wordStartsWith`. */
  wordsOf: (row) => [...personWords(row), ...row.applications.map(({ applicationId }) => applicationId)],
  personal: forgetting(),
};
