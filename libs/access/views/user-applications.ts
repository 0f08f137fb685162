import type { View } from '#eventing/view.js';
import type { AccessOrigin } from '../events.js';
import { accessOf, memberOf } from './keys.js';
import { type ActorOfRow, type ViewFolds, decidedBy, revisionOf, viewFolds } from './view-folds.js';

/** An access that stands. */
export type UserApplicationRow = {
  readonly accountId: string;
  readonly userId: string;
  readonly applicationId: string;
  readonly grantId: string;
  readonly origin: AccessOrigin;
  /** Its own role; null = the member's. */
  readonly role: string | null;
  readonly since: string;
  readonly expiresAt: string | null;
  readonly by: ActorOfRow;
  readonly revision: string;
};

type OfAccess = { readonly accountId: string; readonly userId: string; readonly applicationId: string };

const access = (data: OfAccess): readonly string[] => [accessOf(data)];

/** A late end of an earlier grant leaves the present one alone. */
const ended = {
  rows: access,
  fold: (row: UserApplicationRow | undefined, { grantId }: { readonly grantId: string }) =>
    row?.grantId === grantId ? undefined : row,
};

const folds: ViewFolds<UserApplicationRow> = {
  AccessGranted: {
    rows: access,
    fold: (_, data, event) => ({
      accountId: data.accountId,
      userId: data.userId,
      applicationId: data.applicationId,
      grantId: data.grantId,
      origin: data.origin,
      role: data.role ?? null,
      since: event.recordedAt,
      expiresAt: data.expiresAt ?? null,
      by: decidedBy(event),
      revision: revisionOf(event),
    }),
  },
  RoleChanged: {
    rows: ({ accountId, userId, applicationId }) =>
      applicationId === undefined ? [] : access({ accountId, userId, applicationId }),
    fold: (row, { to }, event) => row && { ...row, role: to, revision: revisionOf(event) },
  },
  AccessRevoked: ended,
  AccessExpired: ended,
};

export const userApplicationsView: View<UserApplicationRow> = {
  name: 'user-applications',
  version: 1,
  ...viewFolds(folds),
  /** `member` is the key of the row in `members`. */
  columns: { member: 'text', accountId: 'text', userId: 'text', applicationId: 'text', expiresAt: 'text' },
  indexes: [['member'], ['accountId', 'applicationId'], ['applicationId'], ['userId']],
  columnsOf: (row) => ({
    member: memberOf(row),
    accountId: row.accountId,
    userId: row.userId,
    applicationId: row.applicationId,
    expiresAt: row.expiresAt,
  }),
};
