import { applicationsRight, reachOf } from '../reach.js';
import { type ApplicationAnswer, applicationRows, applicationViews } from './application-rows.js';
import { applicationsInReach } from './catalogue.js';
import { type ListParameters, oneOf, openList, type Page, searching } from './list.js';
import { query, type Reading } from './query.js';
import { rowPage } from './view-rows.js';

/** The catalogue, as far as the caller may see it. */
export class ListApplications extends query<{ parameters: ListParameters }>() {}

const sorts = { name: 'name', registeredAt: 'registeredAt' };

export const listApplications = async (asked: ListApplications, reading: Reading): Promise<Page<ApplicationAnswer>> => {
  const list = openList(reading.sealing, { name: 'applications', sorts, defaultSort: 'name' }, asked.parameters);
  const reach = await reachOf(reading, asked, applicationsRight, { minPosition: list.minPosition });
  const moment = await list.moment(reading, applicationViews, asked.now);
  const autoAssigned = list.filter('autoAssigned');
  const where = [
    ...(await applicationsInReach(reading, reach, moment)),
    ...searching(list.filter('search')),
    ...oneOf('status', list.values('status')),
    ...oneOf('publisherAccountId', list.values('publisherAccountId')),
    ...oneOf('ownerId', list.values('ownerId')),
    ...oneOf('externalId', list.values('externalId')),
    ...oneOf('autoAssigned', autoAssigned === undefined ? undefined : [Number(autoAssigned === 'true')]),
  ];
  const { rows, next } = await rowPage(reading, 'applications', { ...list.place, moment, where });
  const items = await applicationRows(
    reading,
    rows.map(({ row }) => row),
    moment,
    asked,
  );
  const count = (cap: number): Promise<number> => reading.reader.count('applications', { moment, where, cap });
  return list.page({ moment, items, next, count });
};
