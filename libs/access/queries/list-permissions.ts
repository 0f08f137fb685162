import { knownPermissions, servicePermissions } from '../role/role-table.js';
import { type ListParameters, openList, type Page } from './list.js';
import { query, type Reading } from './query.js';

/** All that roles and keys may hold. */
export class ListPermissions extends query<{ parameters: ListParameters }>() {}

export interface PermissionAnswer {
  /** `resource:action` */
  readonly name: string;
  /** Whether only API keys hold it. */
  readonly servicesOnly: boolean;
}

const definition = { name: 'permissions', sorts: { name: 'key' }, defaultSort: 'name' };

export const listPermissions = async (asked: ListPermissions, reading: Reading): Promise<Page<PermissionAnswer>> => {
  const list = openList(reading.sealing, definition, asked.parameters);
  const moment = await list.moment(reading, ['roles'], asked.now);
  const { limit, after, order } = list.place;
  const names = [...knownPermissions].filter((name) => !name.startsWith('*')).sort();
  if (order.descending) names.reverse();
  const begin = after === undefined ? 0 : names.indexOf(after.key) + 1;
  const shown = names.slice(begin, begin + limit);
  const last = shown.at(-1);
  const next = last === undefined || begin + limit >= names.length ? undefined : { value: last, key: last };
  const items = shown.map((name) => ({ name, servicesOnly: servicePermissions.has(name) }));
  return list.page({ moment, items, next, count: () => Promise.resolve(names.length) });
};
