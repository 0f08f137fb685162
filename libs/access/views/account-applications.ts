import type { View } from '#eventing/view.js';
import type { EventDataOf } from '../events.js';
import { assignmentKey } from './keys.js';
import { type ActorOfRow, type ViewFolds, decidedBy, revisionOf, viewFolds } from './view-folds.js';

/** Account has application. */
export type AccountApplicationRow = {
  readonly accountId: string;
  readonly applicationId: string;
  readonly assignedAt: string;
  readonly origin: EventDataOf<'ApplicationAssigned'>['origin'];
  readonly assignedBy: ActorOfRow;
  /** How many accesses stand. */
  readonly users: number;
  /** Of the assignment; accesses have their own. */
  readonly revision: string;
};

const assignment = (data: { readonly accountId: string; readonly applicationId: string }): readonly string[] => [
  assignmentKey(data.accountId, data.applicationId),
];

const withUsers = (row: AccountApplicationRow | undefined, by: 1 | -1) => row && { ...row, users: row.users + by };

const folds: ViewFolds<AccountApplicationRow> = {
  ApplicationAssigned: {
    rows: assignment,
    fold: (_, { accountId, applicationId, origin }, event) => ({
      accountId,
      applicationId,
      assignedAt: event.recordedAt,
      origin,
      assignedBy: decidedBy(event),
      users: 0,
      revision: revisionOf(event),
    }),
  },
  ApplicationUnassigned: { rows: assignment, fold: () => undefined },
  AccessGranted: { rows: assignment, fold: (row) => withUsers(row, 1) },
  AccessRevoked: {
    rows: assignment,
    // An unassignment's late revocation is of the assignment before: this one never counted it.
    fold: (row, { cause }) => (cause === 'unassigned' ? row : withUsers(row, -1)),
  },
  AccessExpired: { rows: assignment, fold: (row) => withUsers(row, -1) },
};

export const accountApplicationsView: View<AccountApplicationRow> = {
  name: 'account-applications',
  version: 1,
  ...viewFolds(folds),
  columns: { accountId: 'text', applicationId: 'text', origin: 'text', assignedAt: 'text', users: 'integer' },
  indexes: [['accountId', 'assignedAt'], ['applicationId']],
  columnsOf: ({ accountId, applicationId, origin, assignedAt, users }) => ({
    accountId,
    applicationId,
    origin,
    assignedAt,
    users,
  }),
};
