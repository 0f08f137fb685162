import type { Moment } from '#eventing/moment.js';
import { refuse } from '#eventing/refusal.js';
import type { Condition } from '#eventing/view-store.js';
import { keysRight, type Reach, reachOf, wholeAccounts } from '../reach.js';
import { hasCome } from '../time.js';
import type { ApiKeyRow } from '../views/api-keys.js';
import { clockAt } from './clock.js';
import { type ListParameters, oneOf, openList, type Page } from './list.js';
import { actorsOf, type ShownActor } from './names.js';
import { query, type Reading } from './query.js';
import { type MomentParameters, type Single, single, singleMoment } from './single.js';
import { everyRow, rowPage } from './view-rows.js';

/** The keys that the caller manages; nothing of their secrets. */
export class ListApiKeys extends query<{ parameters: ListParameters }>() {}
export class GetApiKey extends query<{ keyId: string; at: MomentParameters }>() {}

export interface ApiKeyAnswer {
  readonly id: string;
  readonly name: string;
  readonly scope: ApiKeyRow['scope'];
  readonly permissions: readonly string[];
  readonly status: 'active' | 'revoked' | 'expired';
  readonly issuedAt: string;
  readonly issuedBy: ShownActor;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly revision: string;
}

const views = ['api-keys', 'applications'];

const statusOf = ({ status, expiresAt }: ApiKeyRow, clock: string): ApiKeyAnswer['status'] =>
  status === 'active' && expiresAt !== null && hasCome(expiresAt, clock) ? 'expired' : status;

/** Keys of the caller's accounts, and those of applications that these publish. */
const keysInReach = async (reading: Reading, reach: Reach, moment: Moment): Promise<Condition[]> => {
  const accountIds = wholeAccounts(reach);
  if (accountIds === undefined) return [];
  const byAccount = { column: 'accountId', in: accountIds };
  if (reach.named !== undefined) return [byAccount];
  const published = await everyRow(reading, 'applications', [{ column: 'publisherAccountId', in: accountIds }], moment);
  const applicationIds = published.map(({ applicationId }) => applicationId);
  return [{ anyOf: [byAccount, { column: 'applicationId', in: applicationIds }] }];
};

const keyAnswers = async (
  reading: Reading,
  rows: readonly ApiKeyRow[],
  moment: Moment,
  now: string,
): Promise<readonly ApiKeyAnswer[]> => {
  const clock = await clockAt(reading, moment, now);
  const actorOf = await actorsOf(
    reading,
    rows.map(({ issuedBy }) => issuedBy),
    moment,
  );
  return rows.map((row) => ({
    id: row.keyId,
    name: row.name,
    scope: row.scope,
    permissions: row.permissions,
    status: statusOf(row, clock),
    issuedAt: row.issuedAt,
    issuedBy: actorOf(row.issuedBy),
    expiresAt: row.expiresAt,
    revokedAt: row.revokedAt,
    revision: row.revision,
  }));
};

export const listApiKeys = async (asked: ListApiKeys, reading: Reading): Promise<Page<ApiKeyAnswer>> => {
  const { now } = asked;
  const definition = { name: 'api-keys', sorts: { name: 'name' }, defaultSort: 'name' };
  const list = openList(reading.sealing, definition, asked.parameters);
  const options = { named: list.values('accountId'), minPosition: list.minPosition };
  const reach = await reachOf(reading, asked, keysRight, options);
  const moment = await list.moment(reading, views, now);
  const inReach = [
    ...(await keysInReach(reading, reach, moment)),
    ...oneOf('applicationId', list.values('applicationId')),
  ];
  const statuses = list.values('status');
  const clock = await clockAt(reading, moment, now);
  const ofStatus = async (wanted: readonly string[]): Promise<Condition[]> => {
    const rows = await everyRow(reading, 'api-keys', inReach, moment);
    const found = rows.filter((row) => wanted.includes(statusOf(row, clock)));
    return [{ column: 'key', in: found.map(({ keyId }) => keyId) }];
  };
  const where = statuses === undefined ? inReach : await ofStatus(statuses);
  const { rows, next } = await rowPage(reading, 'api-keys', { ...list.place, moment, where });
  const items = await keyAnswers(
    reading,
    rows.map(({ row }) => row),
    moment,
    now,
  );
  const count = (cap: number): Promise<number> => reading.reader.count('api-keys', { moment, where, cap });
  return list.page({ moment, items, next, count });
};

export const getApiKey = async (asked: GetApiKey, reading: Reading): Promise<Single<ApiKeyAnswer>> => {
  const reach = await reachOf(reading, asked, keysRight, { minPosition: asked.at.minPosition });
  const moment = await singleMoment(reading, views, asked);
  const where = [...(await keysInReach(reading, reach, moment)), { column: 'key', in: [asked.keyId] }];
  const rows = await everyRow(reading, 'api-keys', where, moment);
  const [answer = refuse('api-key-not-found')] = await keyAnswers(reading, rows, moment, asked.now);
  return single(moment, answer);
};
