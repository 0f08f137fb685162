import { foldText, wordsOfTexts } from '#eventing/search-text.js';
import type { View } from '#eventing/view.js';
import { defaultInvitationDays } from '../account/invitation.js';
import { type ViewFolds, revisionOf, viewFolds } from './view-folds.js';

type Settings = {
  readonly allowedEmailDomains: readonly string[];
  readonly invitationDays: number;
  readonly defaultRole: string;
  readonly ssoRequired: boolean;
  readonly mfaRequired: boolean;
  readonly sessionMinutes: number;
};

export type AccountRow = {
  readonly accountId: string;
  readonly name: string;
  readonly externalId: string | null;
  readonly plan: string;
  readonly status: 'active' | 'suspended' | 'closed';
  readonly openedAt: string;
  /** The active ones. */
  readonly ownerIds: readonly string[];
  readonly settings: Settings;
  /** Members who have joined, assigned applications, pending invitations. */
  readonly counts: { readonly users: number; readonly applications: number; readonly invitations: number };
  /** Of the last event about the account itself. */
  readonly revision: string;
};

const defaultSettings: Settings = {
  allowedEmailDomains: [],
  invitationDays: defaultInvitationDays,
  defaultRole: 'reader',
  ssoRequired: false,
  mfaRequired: false,
  sessionMinutes: 720,
};

const account = ({ accountId }: { readonly accountId: string }): readonly string[] => [accountId];

const counted = (row: AccountRow, count: keyof AccountRow['counts'], by: 1 | -1): AccountRow => ({
  ...row,
  counts: { ...row.counts, [count]: row.counts[count] + by },
});

const counting = (count: keyof AccountRow['counts'], by: 1 | -1) => ({
  rows: account,
  fold: (row: AccountRow | undefined) => row && counted(row, count, by),
});

const withoutOwner = (row: AccountRow, userId: string): AccountRow =>
  row.ownerIds.includes(userId) ? { ...row, ownerIds: row.ownerIds.filter((id) => id !== userId) } : row;

const withRole = (row: AccountRow, userId: string, role: string): AccountRow => {
  if (role !== 'owner') return withoutOwner(row, userId);
  return row.ownerIds.includes(userId) ? row : { ...row, ownerIds: [...row.ownerIds, userId] };
};

const folds: ViewFolds<AccountRow> = {
  AccountOpened: {
    rows: account,
    fold: (_, { accountId, name, plan, externalId }, event) => ({
      accountId,
      name,
      externalId: externalId ?? null,
      plan,
      status: 'active',
      openedAt: event.recordedAt,
      ownerIds: [],
      settings: defaultSettings,
      counts: { users: 0, applications: 0, invitations: 0 },
      revision: revisionOf(event),
    }),
  },
  ApplicationAssigned: counting('applications', 1),
  ApplicationUnassigned: counting('applications', -1),
  UserInvited: counting('invitations', 1),
  InvitationAccepted: counting('invitations', -1),
  InvitationDeclined: counting('invitations', -1),
  InvitationRevoked: counting('invitations', -1),
  InvitationExpired: counting('invitations', -1),
  MemberJoined: {
    rows: account,
    fold: (row, { userId, role }) => row && withRole(counted(row, 'users', 1), userId, role),
  },
  RoleChanged: {
    rows: account,
    fold: (row, { userId, to, applicationId }) =>
      row && applicationId === undefined && to !== null ? withRole(row, userId, to) : row,
  },
  MemberRemoved: {
    rows: account,
    fold: (row, { userId }) => row && withoutOwner(counted(row, 'users', -1), userId),
  },
};

export const accountsView: View<AccountRow> = {
  name: 'accounts',
  version: 1,
  ...viewFolds(folds),
  columns: { name: 'text', status: 'text', plan: 'text', openedAt: 'text', users: 'integer', externalId: 'text' },
  indexes: [['name'], ['openedAt'], ['users'], ['externalId']],
  sortedBy: ['name', 'openedAt', 'users'],
  columnsOf: (row) => ({
    name: foldText(row.name),
    status: row.status,
    plan: row.plan,
    openedAt: row.openedAt,
    users: row.counts.users,
    externalId: row.externalId,
  }),
  wordsOf: ({ name }) => wordsOfTexts(name),
};
