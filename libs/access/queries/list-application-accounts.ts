import { type AccountAnswer, accountRows, accountViews } from './account-rows.js';
import { accountsRight, applicationsRight, membersRight, reachOf } from '../reach.js';
import { applicationInReach } from './catalogue.js';
import { accountsInReach, accountsWith } from './list-accounts.js';
import { type ListParameters, oneOf, openList, type Page, searching } from './list.js';
import { usersWithApplications } from './list-users.js';
import { query, type Reading } from './query.js';
import type { UserRow } from './user-rows.js';
import { rowPage } from './view-rows.js';

/** The accounts that have an application, among those in the caller's reach. */
export class ListApplicationAccounts extends query<{ applicationId: string; parameters: ListParameters }>() {}
/** The users who have an application, among those in the caller's reach. */
export class ListApplicationUsers extends query<{ applicationId: string; parameters: ListParameters }>() {}

const byName = { sorts: { name: 'name' }, defaultSort: 'name' };

/** Refuses an application out of reach before anything of it is read. */
const requireApplication = async (
  reading: Reading,
  asked: ListApplicationAccounts | ListApplicationUsers,
  minPosition: string | undefined,
): Promise<void> => {
  const reach = await reachOf(reading, asked, applicationsRight, { minPosition });
  const views = ['applications', 'account-applications'];
  const today = await reading.reader.moment(views, { now: new Date(asked.now), minPosition });
  await applicationInReach(reading, reach, asked.applicationId, today);
};

export const listApplicationAccounts = async (
  asked: ListApplicationAccounts,
  reading: Reading,
): Promise<Page<AccountAnswer>> => {
  const { applicationId, parameters, now } = asked;
  const list = openList(reading.sealing, { name: `accounts of ${applicationId}`, ...byName }, parameters);
  await requireApplication(reading, asked, list.minPosition);
  const reach = await reachOf(reading, asked, accountsRight, { minPosition: list.minPosition });
  const moment = await list.moment(reading, [...accountViews, 'account-applications'], now);
  const where = [
    { column: 'key', in: await accountsWith(reading, [applicationId], moment) },
    ...(await accountsInReach(reading, reach, moment)),
    ...searching(list.filter('search')),
    ...oneOf('status', list.values('status')),
  ];
  const { rows, next } = await rowPage(reading, 'accounts', { ...list.place, moment, where });
  const withOwners = reach.applicationId === null;
  const items = await accountRows(
    reading,
    rows.map(({ row }) => row),
    moment,
    { withOwners },
  );
  const count = (cap: number): Promise<number> => reading.reader.count('accounts', { moment, where, cap });
  return list.page({ moment, items, next, count });
};

export const listApplicationUsers = async (asked: ListApplicationUsers, reading: Reading): Promise<Page<UserRow>> => {
  const { applicationId, parameters, caller, now } = asked;
  const list = openList(reading.sealing, { name: `users of ${applicationId}`, ...byName }, parameters);
  await requireApplication(reading, asked, list.minPosition);
  const options = { named: list.values('accountId'), minPosition: list.minPosition };
  const reach = await reachOf(reading, asked, membersRight, options);
  return usersWithApplications(reading, { caller, now, list, reach, applicationIds: [applicationId] });
};
