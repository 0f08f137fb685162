import type { Moment } from '#eventing/moment.js';
import type { Caller } from '../caller.js';
import { standingsIn } from '../reach.js';
import { memberKey } from '../views/keys.js';
import type { InvitationRow } from '../views/invitations.js';
import type { MemberRow } from '../views/members.js';
import type { UserApplicationRow } from '../views/user-applications.js';
import { clockAt, notEnded } from './clock.js';
import { type InvitationAnswer, invitationRows } from './invitation-rows.js';
import { capabilitiesOn } from './member-capabilities.js';
import type { Reading } from './query.js';
import { everyRow, rowsAt } from './view-rows.js';

/** An access that stands, in a user's row. */
export interface UserApplication {
  readonly id: string;
  readonly name: string;
  readonly status: 'inactive' | 'active' | 'retired';
  readonly role: string | null;
  readonly origin: UserApplicationRow['origin'];
  readonly since: string;
  readonly expiresAt: string | null;
}

/** A person's place in one account: the Users tab, the users over all accounts, and a single member. */
export interface UserRow {
  readonly userId: string;
  readonly accountId: string;
  readonly accountName: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly role: string;
  readonly roleTitle: string;
  readonly status: MemberRow['status'];
  readonly team: { readonly id: string; readonly name: string } | null;
  readonly joinedAt: string | null;
  readonly changedAt: string;
  readonly invitation: InvitationAnswer | null;
  readonly applications: readonly UserApplication[];
  readonly capabilities: readonly string[];
  readonly revision: string;
}

/** The views that users' rows are joined from. */
export const userViews = [
  'members',
  'user-applications',
  'accounts',
  'applications',
  'roles',
  'invitations',
  'api-keys',
] as const;

interface UserRowsOptions {
  readonly now: string;
  /** An application key sees its own application and no invitations. */
  readonly onlyApplicationId?: string | null;
}

const keyOf = ({ accountId, userId }: MemberRow): string => memberKey(accountId, userId);

/** Members as they were, with the names they have today; none but those of the invited who never joined. */
const withTodaysNames = async (
  reading: Reading,
  rows: readonly MemberRow[],
  moment: Moment,
  now: string,
): Promise<readonly MemberRow[]> => {
  if (moment.asOf === null) return rows;
  const today = await reading.reader.moment(['members'], { now: new Date(now) });
  const current = await rowsAt(reading, 'members', rows.map(keyOf), today);
  return rows.map((row) => {
    const named = current.get(keyOf(row));
    if (named === undefined) return row;
    return { ...row, firstName: named.firstName, lastName: named.lastName, email: named.email };
  });
};

/**
 * The rows of users from those of `members`, joined at their moment: accounts, roles, accesses that stand, pending invitations, and what
 * this caller may do now; of the past there is nothing to do. The moment must cover {@link userViews}.
 */
export const userRows = async (
  reading: Reading,
  memberRows: readonly MemberRow[],
  moment: Moment,
  caller: Caller,
  { now, onlyApplicationId = null }: UserRowsOptions,
): Promise<readonly UserRow[]> => {
  if (memberRows.length === 0) return [];
  const clock = await clockAt(reading, moment, now);
  const joined = memberRows.filter(({ status }) => status !== 'invited').map(keyOf);
  const ofApplication = onlyApplicationId === null ? [] : [{ column: 'applicationId', in: [onlyApplicationId] }];
  const where = [{ column: 'member', in: joined }, ...ofApplication, notEnded(clock)];
  const [rows, accesses, accounts, roles, invited] = await Promise.all([
    withTodaysNames(reading, memberRows, moment, now),
    joined.length === 0 ? [] : everyRow(reading, 'user-applications', where, moment),
    rowsAt(
      reading,
      'accounts',
      memberRows.map(({ accountId }) => accountId),
      moment,
    ),
    rowsAt(
      reading,
      'roles',
      memberRows.map(({ role }) => role),
      moment,
    ),
    rowsAt(
      reading,
      'invitations',
      memberRows.map(({ invitationId }) => invitationId),
      moment,
    ),
  ]);
  const shownInvitations = onlyApplicationId === null ? [...invited.values()] : ([] as InvitationRow[]);
  const [applications, invitations, standings] = await Promise.all([
    rowsAt(
      reading,
      'applications',
      accesses.map(({ applicationId }) => applicationId),
      moment,
    ),
    invitationRows(reading, shownInvitations, moment, now),
    standingsIn(reading, { caller, now }, accounts.keys()),
  ]);
  const invitationById = new Map(invitations.map((invitation) => [invitation.id, invitation]));
  const accessesByMember = Map.groupBy(accesses, ({ accountId, userId }) => memberKey(accountId, userId));
  const applicationOf = (access: UserApplicationRow): UserApplication => {
    const application = applications.get(access.applicationId);
    const { applicationId: id, role, origin, since, expiresAt } = access;
    return {
      id,
      name: application?.name ?? id,
      status: application?.status ?? 'inactive',
      role,
      origin,
      since,
      expiresAt,
    };
  };

  return rows.map((row) => {
    const account = accounts.get(row.accountId);
    const standing = standings.get(row.accountId);
    const role = roles.get(row.role);
    const may = moment.asOf === null && standing !== undefined;
    return {
      userId: row.userId,
      accountId: row.accountId,
      accountName: account?.name ?? row.accountId,
      firstName: row.firstName,
      lastName: row.lastName,
      email: row.email,
      role: row.role,
      roleTitle: role?.title ?? row.role,
      status: row.status,
      team: row.teamId === null ? null : { id: row.teamId, name: row.teamId },
      joinedAt: row.joinedAt,
      changedAt: row.changedAt,
      invitation: invitationById.get(row.invitationId ?? '') ?? null,
      applications: (accessesByMember.get(keyOf(row)) ?? []).map(applicationOf).sort(byName),
      capabilities: may ? capabilitiesOn(row, caller, standing, account, role?.permissions ?? []) : [],
      revision: row.revision,
    };
  });
};

/** The order of the applications within a row, whichever way the rows are sorted. */
export const byName = (a: { readonly name: string; readonly id: string }, b: typeof a): number =>
  a.name.localeCompare(b.name, 'en') || (a.id < b.id ? -1 : 1);
