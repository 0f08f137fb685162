import type { RecordedEvent } from '#eventing/event-store.js';
import type { View } from '#eventing/view.js';
import { memberOf } from './keys.js';
import {
  type Person,
  erasedPerson,
  forgetting,
  personColumns,
  personColumnsOf,
  personOf,
  personWords,
} from './person.js';
import { type ViewFolds, revisionOf, viewFolds } from './view-folds.js';

type Former = Person & { readonly role: string; readonly teamId: string | null; readonly joinedAt: string | null };

/** A user's place in an account, from the first invitation on. Until they join it holds the name that the inviter typed. */
export type MemberRow = Person & {
  readonly accountId: string;
  readonly userId: string;
  readonly role: string;
  readonly status: 'invited' | 'active' | 'suspended' | 'removed';
  readonly teamId: string | null;
  readonly joinedAt: string | null;
  /** When the member, or one of their accesses, last changed. */
  readonly changedAt: string;
  /** The pending one. */
  readonly invitationId: string | null;
  /** While somebody who was removed is invited again: what they were, and are again if nothing comes of it. */
  readonly former: Former | null;
  /** Of the last event about the member or their accesses: what If-Match is compared with. */
  readonly revision: string;
};

type OfInvitation = { readonly invitationId: string };
type OfMember = { readonly accountId: string; readonly userId: string };

const member = (data: OfMember): readonly string[] => [memberOf(data)];

const changed = (row: MemberRow, event: RecordedEvent, changes: Partial<MemberRow> = {}): MemberRow => ({
  ...row,
  ...changes,
  changedAt: event.recordedAt,
  revision: revisionOf(event),
});

const formerOf = (row: MemberRow | undefined): Former | null => {
  if (row?.status !== 'removed') return null;
  const { role, teamId, joinedAt } = row;
  return { ...personOf(row), role, teamId, joinedAt };
};

const invitationClosed = {
  rows: member,
  fold: (row: MemberRow | undefined, { invitationId }: OfInvitation, event: RecordedEvent) => {
    if (row?.invitationId !== invitationId) return row;
    const { former } = row;
    if (former === null) return undefined;
    return changed(row, event, { ...former, former: null, status: 'removed', invitationId: null });
  },
};

const accessChanged = {
  rows: member,
  fold: (row: MemberRow | undefined, _: OfMember, event: RecordedEvent) => row && changed(row, event),
};

const folds: ViewFolds<MemberRow> = {
  UserInvited: {
    rows: member,
    fold: (row, data, event) => ({
      accountId: data.accountId,
      userId: data.userId,
      ...personOf(data),
      role: data.role,
      status: 'invited',
      teamId: data.teamId ?? null,
      joinedAt: null,
      changedAt: event.recordedAt,
      invitationId: data.invitationId,
      former: formerOf(row),
      revision: revisionOf(event),
    }),
  },
  InvitationDeclined: invitationClosed,
  InvitationRevoked: invitationClosed,
  InvitationExpired: invitationClosed,
  MemberJoined: {
    rows: member,
    fold: (_, data, event) => ({
      accountId: data.accountId,
      userId: data.userId,
      ...personOf(data),
      role: data.role,
      status: 'active',
      teamId: data.teamId ?? null,
      joinedAt: event.recordedAt,
      changedAt: event.recordedAt,
      invitationId: null,
      former: null,
      revision: revisionOf(event),
    }),
  },
  RoleChanged: {
    rows: member,
    fold: (row, { to, applicationId }, event) =>
      row && changed(row, event, applicationId === undefined && to !== null ? { role: to } : {}),
  },
  MemberRemoved: { rows: member, fold: (row, _, event) => row && changed(row, event, { status: 'removed' }) },
  AccessGranted: accessChanged,
  AccessRevoked: accessChanged,
  AccessExpired: accessChanged,
  UserRenamed: {
    rows: ({ userId }) => [{ column: 'userId', value: userId }],
    fold: (row, { firstName, lastName }, event) => {
      if (row === undefined) return undefined;
      if (row.status !== 'invited') return { ...row, firstName, lastName, changedAt: event.recordedAt };
      return row.former === null ? row : { ...row, former: { ...row.former, firstName, lastName } };
    },
  },
};

const forgotten = forgetting<MemberRow>();

export const membersView: View<MemberRow> = {
  name: 'members',
  version: 2,
  ...viewFolds(folds),
  columns: {
    ...personColumns,
    accountId: 'text',
    userId: 'text',
    role: 'text',
    status: 'text',
    teamId: 'text',
    joinedAt: 'text',
    changedAt: 'text',
  },
  // Within one account role and status are sorted without an index of their own: every index is written with every version.
  indexes: [
    ['accountId', 'name'],
    ['accountId', 'email'],
    ['accountId', 'changedAt'],
    ['name'],
    ['email'],
    ['changedAt'],
    ['role'],
    ['status'],
    ['userId'],
  ],
  sortedBy: ['name', 'email', 'changedAt'],
  columnsOf: (row) => ({
    ...personColumnsOf(row),
    accountId: row.accountId,
    userId: row.userId,
    role: row.role,
    status: row.status,
    teamId: row.teamId,
    joinedAt: row.joinedAt,
    changedAt: row.changedAt,
  }),
  wordsOf: personWords,
  personal: {
    ...forgotten,
    scrub: (row) => ({ ...forgotten.scrub(row), former: row.former && { ...row.former, ...erasedPerson } }),
  },
};
