import type { Moment } from '#eventing/moment.js';
import { formatPosition } from '#eventing/position.js';
import type { Condition } from '#eventing/view-store.js';
import type { Caller } from '../caller.js';
import { auditRight, partialAccounts, type Reach, reachOf, teamIn, wholeAccounts } from '../reach.js';
import { type AuditAnswer, auditRows, auditViews } from './audit-rows.js';
import { type ListParameters, type OpenList, oneOf, openList, type Page } from './list.js';
import { query, type Reading } from './query.js';
import { everyRow, rowPage } from './view-rows.js';

/** Who decided what, and why. */
export class ListAuditLog extends query<{ parameters: ListParameters }>() {}
/** What the caller decided, or what was decided about them. */
export class ListMyAuditLog extends query<{ parameters: ListParameters }>() {}

const definition = { sorts: { position: 'key' }, defaultSort: '-position' };

const about = ({ id }: Caller): Condition[] => [
  { column: 'actorId', in: [id] },
  { column: 'subjectId', in: [id] },
];

/** Rows that the caller may read: of whole accounts, of a team's members while one account is in question, and their own. */
const auditInReach = async (reading: Reading, reach: Reach, moment: Moment): Promise<Condition[]> => {
  const whole = wholeAccounts(reach);
  if (whole === undefined) return [];
  const ofNamed = reach.named === undefined ? [] : [{ column: 'accountId', in: reach.named }];
  const partial = partialAccounts(reach);
  if (partial.length === 0 && reach.named !== undefined) return ofNamed;
  const own = reach.caller.kind === 'user' ? about(reach.caller) : [];
  const [only] = reach.standings.size === 1 ? partial : [];
  const team = only === undefined ? null : teamIn(reach, only);
  if (only === undefined || team === null) return [...ofNamed, { anyOf: [{ column: 'accountId', in: whole }, ...own] }];
  const ofTeam = [
    { column: 'accountId', in: [only.accountId] },
    { column: 'teamId', in: [team] },
    { column: 'status', notIn: ['removed'] },
  ];
  const members = await everyRow(reading, 'members', ofTeam, moment);
  const subjects = { column: 'subjectId', in: members.map(({ userId }) => userId) };
  return [{ column: 'accountId', in: [only.accountId] }, { anyOf: [subjects, ...own] }];
};

/** Times as positions, since the log is kept by position: `since` ≤ time < `until`. */
const within = async ({ reader }: Reading, list: OpenList, now: string): Promise<Condition[]> => {
  const before = async (time: string): Promise<string> => {
    const last = await reader.positionAt(new Date(Date.parse(time) - 1).toISOString(), new Date(now));
    return formatPosition(last + 1n);
  };
  const [since, until] = [list.time('since'), list.time('until')];
  const conditions: Condition[] = [];
  if (since !== undefined)
    conditions.push(since > now ? { column: 'key', in: [] } : { column: 'key', from: await before(since) });
  if (until !== undefined && until <= now) conditions.push({ column: 'key', below: await before(until) });
  return conditions;
};

const filtersOf = (list: OpenList): Condition[] => {
  const applicationIds = list.values('applicationId');
  const named = (applicationIds ?? []).map((id) => ({ wordStartsWith: id }));
  return [
    ...oneOf('actorId', list.values('actorId')),
    ...oneOf('subjectId', list.values('subjectId')),
    ...(applicationIds === undefined ? [] : [{ anyOf: [{ column: 'applicationId', in: applicationIds }, ...named] }]),
    ...oneOf('type', list.values('type')),
    ...oneOf('correlationId', list.values('correlationId')),
    ...oneOf('scope', list.values('scope')),
    ...deniedOnly(list.filter('denied')),
  ];
};

const deniedType = 'AttemptsDenied';
const deniedOnly = (denied: string | undefined): Condition[] => {
  if (denied === undefined) return [];
  return [denied === 'true' ? { column: 'type', in: [deniedType] } : { column: 'type', notIn: [deniedType] }];
};

const answered = async (
  reading: Reading,
  list: OpenList,
  now: string,
  reachWhere: (moment: Moment) => Promise<Condition[]>,
): Promise<Page<AuditAnswer>> => {
  const moment = await list.moment(reading, auditViews, now);
  const where = [...(await reachWhere(moment)), ...filtersOf(list), ...(await within(reading, list, now))];
  const { rows, next } = await rowPage(reading, 'audit-log', { ...list.place, moment, where });
  const items = await auditRows(
    reading,
    rows.map(({ row }) => row),
    moment,
  );
  const count = (cap: number): Promise<number> => reading.reader.count('audit-log', { moment, where, cap });
  return list.page({ moment, items, next, count });
};

export const listAuditLog = async (asked: ListAuditLog, reading: Reading): Promise<Page<AuditAnswer>> => {
  const list = openList(reading.sealing, { name: 'audit-log', ...definition }, asked.parameters);
  const named = list.values('accountId');
  const reach = await reachOf(reading, asked, auditRight, { named, minPosition: list.minPosition });
  return answered(reading, list, asked.now, (moment) => auditInReach(reading, reach, moment));
};

export const listMyAuditLog = async (asked: ListMyAuditLog, reading: Reading): Promise<Page<AuditAnswer>> => {
  const list = openList(reading.sealing, { name: 'my audit-log', ...definition }, asked.parameters);
  const where = [{ anyOf: about(asked.caller) }, ...oneOf('accountId', list.values('accountId'))];
  return answered(reading, list, asked.now, () => Promise.resolve(where));
};
