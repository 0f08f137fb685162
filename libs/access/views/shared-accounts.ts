import type { View } from '#eventing/view.js';
import type { AccessOrigin } from '../events.js';
import { accessKey, accessOf, assignmentKey, memberOf } from './keys.js';
import { type Person, forgetting, personColumns, personColumnsOf, personOf, personWords } from './person.js';
import { type ActorOfRow, type ViewFolds, decidedBy, viewFolds } from './view-folds.js';

/** The person, alike in all rows of one member, so that lists of accesses sort and search by them. */
type OfMember = Person & {
  readonly accountId: string;
  readonly userId: string;
  readonly role: string;
  readonly status: 'invited' | 'active' | 'suspended';
  /** When the person joined, or was invited. */
  readonly since: string;
  readonly invitedBy: ActorOfRow | null;
};

/** Gives new accesses their person. */
type SharedMemberRow = OfMember & { readonly kind: 'member' };

/** An access that stands, or one that a pending invitation promises. */
type SharedAccessRow = OfMember & {
  readonly kind: 'access';
  readonly applicationId: string;
  /** Null while promised. */
  readonly grantId: string | null;
  /** The access's own role; null = the member's. */
  readonly ownRole: string | null;
  readonly origin: AccessOrigin;
  readonly accessSince: string;
  /** The access's end; while promised, the invitation's. */
  readonly expiresAt: string | null;
  /** Who gave it: for an accepted invitation, the inviter. */
  readonly by: ActorOfRow;
};

/** Who reaches which application in which account. Rows of one member are adjacent in every order; lists take `kind: access`. */
export type SharedAccountRow = SharedMemberRow | SharedAccessRow;

type MemberData = { readonly accountId: string; readonly userId: string };
type GrantData = MemberData & { readonly applicationId: string; readonly grantId: string };

const allOfMember = (data: MemberData) => [{ column: 'member', value: memberOf(data) }];

const invitationClosed = {
  rows: allOfMember,
  fold: (row: SharedAccountRow | undefined) => (row?.status === 'invited' ? undefined : row),
};

const accessEnded = {
  rows: (data: GrantData) => [accessOf(data)],
  fold: (row: SharedAccountRow | undefined, { grantId }: GrantData) =>
    row?.kind === 'access' && row.grantId === grantId ? undefined : row,
};

const folds: ViewFolds<SharedAccountRow> = {
  UserInvited: {
    rows: (data) => [
      memberOf(data),
      ...data.applicationIds.map((applicationId) => accessKey(data.accountId, data.userId, applicationId)),
    ],
    fold: (_, data, event, key) => {
      const { accountId, userId, role, expiresAt } = data;
      const [since, by] = [event.recordedAt, decidedBy(event)];
      const person = { accountId, userId, ...personOf(data), role, status: 'invited', since, invitedBy: by } as const;
      if (key === memberOf(data)) return { kind: 'member', ...person };
      const applicationId = key.slice(memberOf(data).length + 1);
      const promised = { grantId: null, ownRole: null, origin: 'invitation', accessSince: since } as const;
      return { kind: 'access', ...person, applicationId, ...promised, expiresAt, by };
    },
  },
  InvitationResent: {
    rows: allOfMember,
    fold: (row, { expiresAt }) => (row?.kind === 'access' && row.status === 'invited' ? { ...row, expiresAt } : row),
  },
  InvitationDeclined: invitationClosed,
  InvitationRevoked: invitationClosed,
  InvitationExpired: invitationClosed,
  ApplicationUnassigned: {
    rows: (data) => [{ column: 'pendingAssignment', value: assignmentKey(data.accountId, data.applicationId) }],
    fold: () => undefined,
  },
  MemberJoined: {
    rows: (data) => [memberOf(data), ...allOfMember(data)],
    // What was promised goes; what is given comes with its AccessGranted.
    fold: (row, data, event, key) => {
      if (key !== memberOf(data)) return undefined;
      const { accountId, userId, role } = data;
      const [since, invitedBy] = [event.recordedAt, row?.invitedBy ?? null];
      return { kind: 'member', accountId, userId, ...personOf(data), role, status: 'active', since, invitedBy };
    },
  },
  RoleChanged: {
    rows: (data) => {
      const { accountId, userId, applicationId } = data;
      return applicationId === undefined ? allOfMember(data) : [accessKey(accountId, userId, applicationId)];
    },
    fold: (row, { to, applicationId }) => {
      if (applicationId === undefined) return row && { ...row, role: to ?? row.role };
      return row?.kind === 'access' ? { ...row, ownRole: to } : row;
    },
  },
  MemberRemoved: { rows: allOfMember, fold: () => undefined },
  AccessGranted: {
    rows: (data) => [accessOf(data)],
    reads: (data) => [memberOf(data)],
    fold: (_, data, event, _key, look) => {
      const member = look(memberOf(data));
      if (member === undefined) return undefined;
      const { applicationId, grantId, origin } = data;
      return {
        ...member,
        kind: 'access',
        applicationId,
        grantId,
        ownRole: data.role ?? null,
        origin,
        accessSince: event.recordedAt,
        expiresAt: data.expiresAt ?? null,
        by: (origin === 'invitation' ? member.invitedBy : null) ?? decidedBy(event),
      };
    },
  },
  AccessRevoked: accessEnded,
  AccessExpired: accessEnded,
  UserRenamed: {
    rows: ({ userId }) => [{ column: 'userId', value: userId }],
    fold: (row, { firstName, lastName }) => (row && row.status !== 'invited' ? { ...row, firstName, lastName } : row),
  },
};

export const sharedAccountsView: View<SharedAccountRow> = {
  name: 'shared-accounts',
  version: 1,
  ...viewFolds(folds),
  columns: {
    ...personColumns,
    kind: 'text',
    member: 'text',
    accountId: 'text',
    userId: 'text',
    applicationId: 'text',
    role: 'text',
    status: 'text',
    since: 'text',
    expiresAt: 'text',
    pendingAssignment: 'text',
  },
  indexes: [
    ['member'],
    ['userId'],
    ['pendingAssignment'],
    ['applicationId', 'name'],
    ['applicationId', 'email'],
    ['applicationId', 'since'],
    ['kind', 'name'],
  ],
  columnsOf: (row) => {
    const access = row.kind === 'access' ? row : undefined;
    const promised = access?.status === 'invited' ? assignmentKey(row.accountId, access.applicationId) : null;
    return {
      ...personColumnsOf(row),
      kind: row.kind,
      member: memberOf(row),
      accountId: row.accountId,
      userId: row.userId,
      applicationId: access?.applicationId ?? null,
      role: row.role,
      status: row.status,
      since: row.since,
      expiresAt: access?.expiresAt ?? null,
      pendingAssignment: promised,
    };
  },
  wordsOf: personWords,
  personal: forgetting(),
};
