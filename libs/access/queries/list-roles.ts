import { refuse } from '#eventing/refusal.js';
import type { ColumnValue } from '#eventing/view-store.js';
import { accountsRight, type Reach, reachOf, wholeAccounts } from '../reach.js';
import type { RoleRow } from '../views/roles.js';
import { type ListParameters, oneOf, openList, type Page } from './list.js';
import { query, type Reading } from './query.js';
import { type MomentParameters, type Single, single, singleMoment, unversioned } from './single.js';
import { everyRow, rowAt, rowPage } from './view-rows.js';

/** The roles of the platform and of the caller's accounts; with accounts named, what is given there. */
export class ListRoles extends query<{ parameters: ListParameters }>() {}
export class GetRole extends query<{ roleId: string; at: MomentParameters }>() {}
/** Who may do what, as a table. */
export class GetRoleMatrix extends query<{ accountId: string | undefined; at: MomentParameters }>() {}

export interface RoleAnswer extends Omit<RoleRow, 'roleId'> {
  readonly id: string;
}

export interface RoleMatrix {
  readonly roles: readonly { readonly id: string; readonly title: string }[];
  readonly rows: readonly {
    readonly permission: string;
    /** The scopes at which a role holds it, by role. */
    readonly scopes: Readonly<Record<string, readonly string[]>>;
  }[];
}

const views = ['roles'];

const roleAnswer = ({ roleId, ...row }: RoleRow): RoleAnswer => ({ id: roleId, ...row });

/** The platform's own roles belong to everybody. */
const ownersOf = (reach: Reach): readonly ColumnValue[] | undefined => {
  const accountIds = wholeAccounts(reach);
  return accountIds && [null, ...accountIds];
};

export const listRoles = async (asked: ListRoles, reading: Reading): Promise<Page<RoleAnswer>> => {
  const definition = { name: 'roles', sorts: { title: 'title' }, defaultSort: 'title' };
  const list = openList(reading.sealing, definition, asked.parameters);
  const options = { named: list.values('accountId'), minPosition: list.minPosition };
  const reach = await reachOf(reading, asked, accountsRight, options);
  const moment = await list.moment(reading, views, asked.now);
  const where = [...oneOf('accountId', ownersOf(reach)), ...oneOf('status', list.values('status'))];
  const { rows, next } = await rowPage(reading, 'roles', { ...list.place, moment, where });
  const count = (cap: number): Promise<number> => reading.reader.count('roles', { moment, where, cap });
  return list.page({ moment, items: rows.map(({ row }) => roleAnswer(row)), next, count });
};

export const getRole = async (asked: GetRole, reading: Reading): Promise<Single<RoleAnswer>> => {
  const reach = await reachOf(reading, asked, accountsRight, { minPosition: asked.at.minPosition });
  const moment = await singleMoment(reading, views, asked);
  const row = (await rowAt(reading, 'roles', asked.roleId, moment)) ?? refuse('role-not-found');
  const owners = ownersOf(reach);
  return owners?.includes(row.accountId) === false ? refuse('role-not-found') : single(moment, roleAnswer(row));
};

export const getRoleMatrix = async (asked: GetRoleMatrix, reading: Reading): Promise<Single<RoleMatrix>> => {
  const named = asked.accountId === undefined ? undefined : [asked.accountId];
  const reach = await reachOf(reading, asked, accountsRight, { named, minPosition: asked.at.minPosition });
  const moment = await singleMoment(reading, views, asked);
  const active = { column: 'status', in: ['active'] };
  const roles = await everyRow(reading, 'roles', [active, ...oneOf('accountId', ownersOf(reach))], moment);
  const held = roles.flatMap(({ roleId, permissions }) =>
    permissions.map((text) => {
      const [permission = text, scope = ''] = text.split('@');
      return { roleId, permission, scope };
    }),
  );
  const rows = [...Map.groupBy(held, ({ permission }) => permission)].sort(([a], [b]) => (a < b ? -1 : 1));
  return unversioned(moment, {
    roles: roles.map(({ roleId: id, title }) => ({ id, title })),
    rows: rows.map(([permission, holders]) => ({
      permission,
      scopes: Object.fromEntries(
        [...Map.groupBy(holders, ({ roleId }) => roleId)].map(([roleId, own]) => [
          roleId,
          own.map(({ scope }) => scope),
        ]),
      ),
    })),
  });
};
