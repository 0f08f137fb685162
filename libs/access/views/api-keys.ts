import { foldText, wordsOfTexts } from '#eventing/search-text.js';
import type { View } from '#eventing/view.js';
import type { EventDataOf } from '../events.js';
import { type ActorOfRow, type ViewFolds, decidedBy, revisionOf, viewFolds } from './view-folds.js';

/** An API key, without anything of its secret. */
export type ApiKeyRow = {
  readonly keyId: string;
  readonly name: string;
  readonly scope: EventDataOf<'ApiKeyIssued'>['scope'];
  readonly permissions: readonly string[];
  readonly status: 'active' | 'revoked';
  readonly issuedAt: string;
  readonly issuedBy: ActorOfRow;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly revision: string;
};

const key = ({ keyId }: { readonly keyId: string }): readonly string[] => [keyId];

const folds: ViewFolds<ApiKeyRow> = {
  ApiKeyIssued: {
    rows: key,
    fold: (_, { keyId, name, scope, permissions, expiresAt }, event) => ({
      keyId,
      name,
      scope,
      permissions,
      status: 'active',
      issuedAt: event.recordedAt,
      issuedBy: decidedBy(event),
      expiresAt: expiresAt ?? null,
      revokedAt: null,
      revision: revisionOf(event),
    }),
  },
  ApiKeyRevoked: {
    rows: key,
    fold: (row, _, event) =>
      row && { ...row, status: 'revoked', revokedAt: event.recordedAt, revision: revisionOf(event) },
  },
};

export const apiKeysView: View<ApiKeyRow> = {
  name: 'api-keys',
  version: 1,
  ...viewFolds(folds),
  columns: { name: 'text', accountId: 'text', applicationId: 'text', status: 'text' },
  indexes: [['name'], ['accountId'], ['applicationId']],
  sortedBy: ['name'],
  columnsOf: ({ name, scope, status }) => ({
    name: foldText(name),
    accountId: scope.kind === 'account' ? scope.accountId : null,
    applicationId: scope.kind === 'application' ? scope.applicationId : null,
    status,
  }),
  wordsOf: ({ name }) => wordsOfTexts(name),
};
