import type { Moment } from '#eventing/moment.js';
import type { Condition } from '#eventing/view-store.js';
import { accountsRight, type Reach, reachOf } from '../reach.js';
import { type AccountAnswer, accountRows, accountViews } from './account-rows.js';
import { type ListParameters, oneOf, openList, type Page, searching } from './list.js';
import { query, type Reading } from './query.js';
import { everyRow, rowPage } from './view-rows.js';

/** The accounts of the installation, or those that the caller belongs to. */
export class ListAccounts extends query<{ parameters: ListParameters }>() {}

const sorts = { name: 'name', openedAt: 'openedAt', users: 'users' };

/** The accounts that have one of some applications. */
export const accountsWith = async (
  reading: Reading,
  applicationIds: readonly string[],
  moment: Moment,
): Promise<readonly string[]> => {
  const where = [{ column: 'applicationId', in: applicationIds }];
  const rows = await everyRow(reading, 'account-applications', where, moment);
  return [...new Set(rows.map(({ accountId }) => accountId))];
};

/** Rows of `accounts` that the caller may read. */
export const accountsInReach = async (reading: Reading, reach: Reach, moment: Moment): Promise<Condition[]> => {
  if (reach.everything) return [];
  if (reach.applicationId !== null)
    return [{ column: 'key', in: await accountsWith(reading, [reach.applicationId], moment) }];
  return [{ column: 'key', in: [...reach.standings.keys()] }];
};

export const listAccounts = async (asked: ListAccounts, reading: Reading): Promise<Page<AccountAnswer>> => {
  const list = openList(reading.sealing, { name: 'accounts', sorts, defaultSort: 'name' }, asked.parameters);
  const reach = await reachOf(reading, asked, accountsRight, { minPosition: list.minPosition });
  const moment = await list.moment(reading, [...accountViews, 'account-applications'], asked.now);
  const applicationIds = list.values('applicationId');
  const where = [
    ...(await accountsInReach(reading, reach, moment)),
    ...(applicationIds ? [{ column: 'key', in: await accountsWith(reading, applicationIds, moment) }] : []),
    ...searching(list.filter('search')),
    ...oneOf('status', list.values('status')),
    ...oneOf('plan', list.values('plan')),
    ...oneOf('externalId', list.values('externalId')),
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
