import type { Condition } from '#eventing/view-store.js';
import { refuse } from '#eventing/refusal.js';
import { membersRight, type Reach, reachOf, requireAccountInReach, wholeAccounts } from '../reach.js';
import { clockAt, notEnded } from './clock.js';
import { groupedPage, type MemberGroup } from './grouped-page.js';
import { type ListParameters, oneOf, openList, type Page, searching } from './list.js';
import { actorsOf, type ShownActor } from './names.js';
import { query, type Reading } from './query.js';
import type { SharedAccountRow } from '../views/shared-accounts.js';
import { byName } from './user-rows.js';
import { everyRow, rowsAt } from './view-rows.js';

/** The people who reach any of the caller's applications, each once for an account. */
export class ListSharedAccounts extends query<{ parameters: ListParameters }>() {}

type AccessRow = Extract<SharedAccountRow, { kind: 'access' }>;

export interface SharedApplication {
  readonly id: string;
  readonly name: string;
  readonly role: string | null;
  readonly origin: AccessRow['origin'];
  readonly since: string;
  readonly by: ShownActor;
}

export interface SharedAccountAnswer {
  readonly userId: string;
  readonly accountId: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly role: string;
  readonly roleTitle: string;
  readonly status: 'invited' | 'active' | 'suspended';
  readonly since: string;
  readonly applications: readonly SharedApplication[];
}

const views = ['shared-accounts', 'applications', 'roles', 'api-keys'];
const sorts = { name: 'name', email: 'email', role: 'role', since: 'since' };

/** The applications of the caller's accounts and those that the caller owns; undefined for all there are. */
const applicationsOf = async (
  reading: Reading,
  { caller, now }: ListSharedAccounts,
  reach: Reach,
): Promise<readonly string[] | undefined> => {
  if (reach.everything) return undefined;
  if (reach.applicationId !== null) return [reach.applicationId];
  const today = await reading.reader.moment(['applications'], { now: new Date(now) });
  const published = { column: 'publisherAccountId', in: wholeAccounts(reach) ?? [] };
  const owned = { column: 'ownerId', in: caller.kind === 'user' ? [caller.id] : [] };
  const rows = await everyRow(reading, 'applications', [{ anyOf: [published, owned] }], today);
  if (rows.length === 0 && reach.standings.size === 0) refuse('not-allowed', { needs: 'members:view@account' });
  return rows.map(({ applicationId }) => applicationId);
};

export const listSharedAccounts = async (
  asked: ListSharedAccounts,
  reading: Reading,
): Promise<Page<SharedAccountAnswer>> => {
  const { caller, now, parameters } = asked;
  const list = openList(reading.sealing, { name: 'shared-accounts', sorts, defaultSort: 'name' }, parameters);
  const accountIds = list.values('accountId');
  for (const id of accountIds ?? []) await requireAccountInReach(reading, caller, id, membersRight);
  // Owners of applications see who reaches them, whatever they may see of accounts.
  const evenNowhere = caller.kind === 'user';
  const reach = await reachOf(reading, asked, membersRight, { minPosition: list.minPosition, evenNowhere });
  const own = await applicationsOf(reading, asked, reach);
  const wanted = list.values('applicationId');
  const applicationIds = own === undefined ? wanted : own.filter((id) => wanted?.includes(id) ?? true);
  const moment = await list.moment(reading, views, now);
  const where: Condition[] = [
    { column: 'kind', in: ['access'] },
    ...oneOf('applicationId', applicationIds),
    ...oneOf('accountId', accountIds),
    ...oneOf('role', list.values('role')),
    ...searching(list.filter('search')),
    notEnded(await clockAt(reading, moment, now)),
  ];
  const { groups, next } = await groupedPage(reading, { ...list.place, moment, where });
  const rows = groups.flatMap((group) => group.rows.filter(isAccess));
  const [applications, roles, actorOf] = await Promise.all([
    rowsAt(
      reading,
      'applications',
      rows.map(({ applicationId }) => applicationId),
      moment,
    ),
    rowsAt(
      reading,
      'roles',
      rows.map(({ role }) => role),
      moment,
    ),
    actorsOf(
      reading,
      rows.map(({ by }) => by),
      moment,
    ),
  ]);
  const itemOf = (group: MemberGroup): SharedAccountAnswer[] => {
    const accesses = group.rows.filter(isAccess);
    const [first] = accesses;
    if (first === undefined) return [];
    const { userId, accountId, firstName, lastName, email, role, status, since } = first;
    const shared = accesses
      .map((access) => ({
        id: access.applicationId,
        name: applications.get(access.applicationId)?.name ?? access.applicationId,
        role: access.ownRole,
        origin: access.origin,
        since: access.accessSince,
        by: actorOf(access.by),
      }))
      .sort(byName);
    const roleTitle = roles.get(role)?.title ?? role;
    return [{ userId, accountId, firstName, lastName, email, role, roleTitle, status, since, applications: shared }];
  };
  const count = (cap: number): Promise<number> =>
    reading.reader.count('shared-accounts', { moment, where, distinct: 'member', cap });
  return list.page({ moment, items: groups.flatMap(itemOf), next, count });
};

const isAccess = (row: SharedAccountRow): row is AccessRow => row.kind === 'access';
