import { wholeAccounts, membersInReach, membersRight, partialAccounts, type Reach, reachOf } from '../reach.js';
import type { Moment } from '#eventing/moment.js';
import type { Condition } from '#eventing/view-store.js';
import { memberKey } from '../views/keys.js';
import type { MemberRow } from '../views/members.js';
import { clockAt, notEnded } from './clock.js';
import { groupedPage } from './grouped-page.js';
import { type ListParameters, type OpenList, oneOf, openList, type Page, searching } from './list.js';
import { query, type Reading } from './query.js';
import { type UserRow, userRows, userViews } from './user-rows.js';
import { everyRow, rowPage, rowsAt } from './view-rows.js';

/** The people of accounts, a row for each account they are in; of one account when it is named by the path. */
export class ListUsers extends query<{ accountId?: string | undefined; parameters: ListParameters }>() {}

const sorts = { name: 'name', email: 'email', role: 'role', status: 'status', changedAt: 'changedAt' };
const notRemoved: Condition = { column: 'status', notIn: ['removed'] };

const filtersOf = (list: OpenList): Condition[] => [
  ...searching(list.filter('search')),
  ...oneOf('status', list.values('status')),
  ...oneOf('role', list.values('role')),
];

const ofMembersAlone = (list: OpenList): Condition[] => {
  const since = list.time('changedSince');
  return [
    ...oneOf('teamId', list.values('teamId')),
    ...(since === undefined ? [] : [{ column: 'changedAt', from: since }]),
  ];
};

export const listUsers = async (asked: ListUsers, reading: Reading): Promise<Page<UserRow>> => {
  const { accountId, parameters, caller, now } = asked;
  const name = accountId === undefined ? 'users' : `users of ${accountId}`;
  const list = openList(reading.sealing, { name, sorts, defaultSort: 'name' }, parameters);
  const named = accountId === undefined ? list.values('accountId') : [accountId];
  const reach = await reachOf(reading, asked, membersRight, { named, minPosition: list.minPosition });
  const wanted = reach.applicationId === null ? list.values('applicationId') : [reach.applicationId];
  if (wanted === undefined) return ofMembers(asked, reading, list, reach);
  const driven = ofMembersAlone(list).length === 0 && list.place.order.column !== 'changedAt';
  if (driven) return usersWithApplications(reading, { caller, now, list, reach, applicationIds: wanted });
  return ofMembers(asked, reading, list, reach, wanted);
};

const ofMembers = async (
  { caller, now }: ListUsers,
  reading: Reading,
  list: OpenList,
  reach: Reach,
  applicationIds?: readonly string[],
): Promise<Page<UserRow>> => {
  const moment = await list.moment(reading, applicationIds ? [...userViews, 'shared-accounts'] : userViews, now);
  const holders = applicationIds && (await holdersOf(reading, reach, applicationIds, moment, now));
  const where = [
    ...(holders === undefined ? membersInReach(reach) : [{ column: 'key', in: holders }]),
    ...filtersOf(list),
    ...ofMembersAlone(list),
    ...(list.filter('status') === undefined ? [notRemoved] : []),
  ];
  const { rows, next } = await rowPage(reading, 'members', { ...list.place, moment, where });
  const options = { now, onlyApplicationId: reach.applicationId };
  const items = await userRows(
    reading,
    rows.map(({ row }) => row),
    moment,
    caller,
    options,
  );
  const count = (cap: number): Promise<number> => reading.reader.count('members', { moment, where, cap });
  return list.page({ moment, items, next, count });
};

/** Accesses to applications, and promises of them, that the caller may read. */
const accessesInReach = async (
  reading: Reading,
  reach: Reach,
  applicationIds: readonly string[],
  moment: Moment,
  now: string,
): Promise<Condition[]> => {
  const ofApplications = [
    { column: 'kind', in: ['access'] },
    { column: 'applicationId', in: applicationIds },
    notEnded(await clockAt(reading, moment, now)),
  ];
  if (reach.applicationId !== null) {
    const ofNamed = reach.named === undefined ? [] : [{ column: 'accountId', in: reach.named }];
    return [...ofApplications, ...ofNamed, { column: 'status', notIn: ['invited'] }];
  }
  const whole = wholeAccounts(reach);
  if (whole === undefined) return ofApplications;
  const ofAccounts = { column: 'accountId', in: whole };
  if (partialAccounts(reach).length === 0) return [...ofApplications, ofAccounts];
  const team = await everyRow(reading, 'members', membersInReach(reach), moment);
  const members = team.map((row) => memberKey(row.accountId, row.userId));
  return [...ofApplications, { anyOf: [ofAccounts, { column: 'member', in: members }] }];
};

const holdersOf = async (
  reading: Reading,
  reach: Reach,
  applicationIds: readonly string[],
  moment: Moment,
  now: string,
): Promise<readonly string[]> => {
  const where = await accessesInReach(reading, reach, applicationIds, moment, now);
  const rows = await everyRow(reading, 'shared-accounts', where, moment);
  return [...new Set(rows.map(({ accountId, userId }) => memberKey(accountId, userId)))];
};

/** The users who have one of some applications, or are invited to it; each once for an account. */
export const usersWithApplications = async (
  reading: Reading,
  asked: Pick<ListUsers, 'caller' | 'now'> & {
    readonly list: OpenList;
    readonly reach: Reach;
    readonly applicationIds: readonly string[];
  },
): Promise<Page<UserRow>> => {
  const { list, reach, applicationIds, caller, now } = asked;
  const moment = await list.moment(reading, [...userViews, 'shared-accounts'], now);
  const where = [...(await accessesInReach(reading, reach, applicationIds, moment, now)), ...filtersOf(list)];
  const { groups, next } = await groupedPage(reading, { ...list.place, moment, where });
  const keys = groups.map(({ member }) => member);
  const members = await rowsAt(reading, 'members', keys, moment);
  const rows = keys.map((key) => members.get(key)).filter((row): row is MemberRow => row !== undefined);
  const items = await userRows(reading, rows, moment, caller, { now, onlyApplicationId: reach.applicationId });
  const count = (cap: number): Promise<number> =>
    reading.reader.count('shared-accounts', { moment, where, distinct: 'member', cap });
  return list.page({ moment, items, next, count });
};
