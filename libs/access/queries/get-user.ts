import type { Moment } from '#eventing/moment.js';
import { refuse } from '#eventing/refusal.js';
import { membersRight, type Reach, reachOf } from '../reach.js';
import { memberKey } from '../views/keys.js';
import { clockAt, notEnded } from './clock.js';
import { membersSeen } from './get-member.js';
import { actorsOf, type ShownActor } from './names.js';
import { query, type QueryContext, type Reading } from './query.js';
import { type MomentParameters, type Single, singleMoment, unversioned } from './single.js';
import { type UserApplication, type UserRow, userRows, userViews } from './user-rows.js';
import { everyRow, rowsAt } from './view-rows.js';

/** A person, with their places in all accounts of the caller's reach. */
export class GetUser extends query<{ userId: string; at: MomentParameters }>() {}
/** All that a person may use in the accounts of the caller's reach. */
export class GetUserAccess extends query<{ userId: string; at: MomentParameters }>() {}

export interface UserAnswer {
  readonly userId: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly accounts: readonly UserRow[];
}

export interface UserAccess extends UserApplication {
  readonly accountId: string;
  readonly accountName: string;
  /** The access's own role, else the member's. */
  readonly effectiveRole: string;
  readonly by: ShownActor;
}

export interface UserAccessAnswer {
  readonly userId: string;
  readonly items: readonly UserAccess[];
}

interface Asked extends QueryContext {
  readonly userId: string;
  readonly at: MomentParameters;
}

const seen = async (
  reading: Reading,
  asked: Asked,
): Promise<{ moment: Moment; rows: readonly UserRow[]; reach: Reach }> => {
  const { userId, caller, now } = asked;
  const self = caller.kind === 'user' && caller.id === userId;
  const options = { minPosition: asked.at.minPosition, evenNowhere: self };
  const reach = await reachOf(reading, asked, membersRight, options);
  const moment = await singleMoment(reading, userViews, asked);
  const places = await everyRow(reading, 'members', [{ column: 'userId', in: [userId] }], moment);
  const keys = places.map((row) => memberKey(row.accountId, row.userId));
  const visible = self ? places : await membersSeen(reading, reach, keys, moment);
  const present = visible.filter(({ status }) => status !== 'removed');
  const rows = await userRows(reading, present, moment, caller, { now, onlyApplicationId: reach.applicationId });
  return { moment, rows, reach };
};

export const getUser = async (asked: GetUser, reading: Reading): Promise<Single<UserAnswer>> => {
  const { userId, caller } = asked;
  const { moment, rows, reach } = await seen(reading, asked);
  const own = reach.everything || caller.id === userId ? await reading.access.person(userId) : undefined;
  // Until somebody joins, an account sees the name that was typed there.
  const named = own ?? rows.find(({ status }) => status !== 'invited') ?? rows[0] ?? refuse('user-not-found');
  const { firstName, lastName, email } = named;
  return unversioned(moment, { userId, firstName, lastName, email, accounts: rows });
};

export const getUserAccess = async (asked: GetUserAccess, reading: Reading): Promise<Single<UserAccessAnswer>> => {
  const { userId, now } = asked;
  const { moment, rows, reach } = await seen(reading, asked);
  if (rows.length === 0 && !(reach.everything && (await reading.access.person(userId)))) refuse('user-not-found');
  const byAccount = new Map(rows.map((row) => [row.accountId, row]));
  const ofUser = [
    { column: 'userId', in: [userId] },
    { column: 'accountId', in: [...byAccount.keys()] },
    ...(reach.applicationId === null ? [] : [{ column: 'applicationId', in: [reach.applicationId] }]),
    notEnded(await clockAt(reading, moment, now)),
  ];
  const accesses = await everyRow(reading, 'user-applications', ofUser, moment);
  const [actorOf, applications] = await Promise.all([
    actorsOf(
      reading,
      accesses.map(({ by }) => by),
      moment,
    ),
    rowsAt(
      reading,
      'applications',
      accesses.map(({ applicationId }) => applicationId),
      moment,
    ),
  ]);
  const items = accesses.map((access) => ({
    id: access.applicationId,
    name: applications.get(access.applicationId)?.name ?? access.applicationId,
    status: applications.get(access.applicationId)?.status ?? 'inactive',
    role: access.role,
    effectiveRole: access.role ?? byAccount.get(access.accountId)?.role ?? '',
    origin: access.origin,
    since: access.since,
    expiresAt: access.expiresAt,
    accountId: access.accountId,
    accountName: byAccount.get(access.accountId)?.accountName ?? access.accountId,
    by: actorOf(access.by),
  }));
  return unversioned(moment, { userId, items });
};
