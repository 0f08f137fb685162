import { foldText, wordsOfTexts } from '#eventing/search-text.js';
import type { View } from '#eventing/view.js';
import { type ViewFolds, revisionOf, viewFolds } from './view-folds.js';

export type ApplicationRow = {
  readonly applicationId: string;
  readonly name: string;
  readonly externalId: string | null;
  readonly description: string | null;
  readonly homeUrl: string | null;
  readonly status: 'inactive' | 'active' | 'retired';
  readonly autoAssigned: boolean;
  readonly isDefault: boolean;
  readonly assignableBy: 'operators' | 'admins';
  /** Null for the platform's own. */
  readonly publisherAccountId: string | null;
  readonly ownerId: string | null;
  readonly registeredAt: string;
  /** Of the application's own last event. */
  readonly revision: string;
};

const application = ({ applicationId }: { readonly applicationId: string }): readonly string[] => [applicationId];

const folds: ViewFolds<ApplicationRow> = {
  ApplicationRegistered: {
    rows: application,
    fold: (_, data, event) => ({
      applicationId: data.applicationId,
      name: data.name,
      externalId: data.externalId ?? null,
      description: data.description ?? null,
      homeUrl: data.homeUrl ?? null,
      status: 'inactive',
      autoAssigned: false,
      isDefault: false,
      assignableBy: data.assignableBy,
      publisherAccountId: data.publisherAccountId ?? null,
      ownerId: data.ownerId ?? null,
      registeredAt: event.recordedAt,
      revision: revisionOf(event),
    }),
  },
  ApplicationActivated: {
    rows: application,
    fold: (row, _, event) => row && { ...row, status: 'active', revision: revisionOf(event) },
  },
  ApplicationDeactivated: {
    rows: application,
    fold: (row, _, event) => row && { ...row, status: 'inactive', revision: revisionOf(event) },
  },
  DefaultApplicationChosen: {
    rows: ({ applicationId }) => [applicationId, { column: 'isDefault', value: 1 }],
    fold: (row, { applicationId }) => {
      const isDefault = row?.applicationId === applicationId;
      return row && row.isDefault !== isDefault ? { ...row, isDefault } : row;
    },
  },
};

export const applicationsView: View<ApplicationRow> = {
  name: 'applications',
  version: 1,
  ...viewFolds(folds),
  columns: {
    name: 'text',
    status: 'text',
    publisherAccountId: 'text',
    ownerId: 'text',
    externalId: 'text',
    autoAssigned: 'integer',
    isDefault: 'integer',
    registeredAt: 'text',
  },
  indexes: [['name'], ['registeredAt'], ['publisherAccountId'], ['ownerId'], ['externalId'], ['isDefault']],
  sortedBy: ['name', 'registeredAt'],
  columnsOf: (row) => ({
    name: foldText(row.name),
    status: row.status,
    publisherAccountId: row.publisherAccountId,
    ownerId: row.ownerId,
    externalId: row.externalId,
    autoAssigned: Number(row.autoAssigned),
    isDefault: Number(row.isDefault),
    registeredAt: row.registeredAt,
  }),
  wordsOf: ({ name }) => wordsOfTexts(name),
};
