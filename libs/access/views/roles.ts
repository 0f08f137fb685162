import { foldText, wordsOfTexts } from '#eventing/search-text.js';
import type { View } from '#eventing/view.js';
import { type ViewFolds, revisionOf, viewFolds } from './view-folds.js';

export type RoleRow = {
  readonly roleId: string;
  readonly title: string;
  readonly note: string;
  /** `resource:action@scope` */
  readonly permissions: readonly string[];
  readonly builtIn: boolean;
  /** The account it belongs to; null for the platform's own. */
  readonly accountId: string | null;
  readonly status: 'active' | 'retired';
  readonly revision: string;
};

const role = ({ roleId }: { readonly roleId: string }): readonly string[] => [roleId];

const folds: ViewFolds<RoleRow> = {
  RoleDefined: {
    rows: role,
    fold: (_, { roleId, title, note, permissions, builtIn, accountId }, event) => ({
      roleId,
      title,
      note,
      permissions,
      builtIn,
      accountId: accountId ?? null,
      status: 'active',
      revision: revisionOf(event),
    }),
  },
  RoleRedefined: {
    rows: role,
    fold: (row, { title, note, permissions }, event) =>
      row && { ...row, title, note, permissions, revision: revisionOf(event) },
  },
  RoleRetired: {
    rows: role,
    fold: (row, _, event) => row && { ...row, status: 'retired', revision: revisionOf(event) },
  },
};

export const rolesView: View<RoleRow> = {
  name: 'roles',
  version: 1,
  ...viewFolds(folds),
  columns: { title: 'text', accountId: 'text', status: 'text' },
  indexes: [['title'], ['accountId']],
  sortedBy: ['title'],
  columnsOf: ({ title, accountId, status }) => ({ title: foldText(title), accountId, status }),
  wordsOf: ({ title }) => wordsOfTexts(title),
};
