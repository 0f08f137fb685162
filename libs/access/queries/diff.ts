import { type Cursor, type ListRequest, momentOfCursor, openCursor, sealCursor } from '#eventing/cursor.js';
import type { Moment } from '#eventing/moment.js';
import { formatPosition } from '#eventing/position.js';
import { Refusal, refuse } from '#eventing/refusal.js';
import { reachOf, wholeAccounts } from '../reach.js';
import { type AuditAnswer, auditRows, auditViews } from './audit-rows.js';
import { memberKeys, type Window } from './diff-keys.js';
import { type FieldChange, fieldChanges } from './diff-lines.js';
import { oneOf, type Page } from './list.js';
import type { LogReading } from './log-reading.js';
import { query } from './query.js';
import { sameJson } from './same-json.js';
import { type UserRow, userRows, userViews } from './user-rows.js';
import { rowsAt } from './view-rows.js';

/** What changed for people between two moments, each a position or a time. */
export class Diff extends query<{
  from?: string | undefined;
  to?: string | undefined;
  accountId?: string | undefined;
  userId?: string | undefined;
  applicationId?: string | undefined;
  limit: number;
  cursor?: string | undefined;
}>() {}

/** An event behind a change. */
export type Cause = Pick<AuditAnswer, 'eventId' | 'position' | 'type' | 'at' | 'actor' | 'reason' | 'ticket'>;

export interface DiffAnswer {
  readonly view: 'user-applications';
  readonly key: { readonly accountId: string; readonly userId: string };
  readonly change: 'added' | 'removed' | 'changed';
  readonly before: UserRow | null;
  readonly after: UserRow | null;
  readonly changes: readonly FieldChange[];
  readonly causes: readonly Cause[];
}

const replayRight = { platform: 'history:replay', account: 'history:replay' };
const views = [...new Set([...userViews, ...auditViews])];

const requestOf = ({ from, to, accountId, userId, applicationId }: Diff): ListRequest => ({
  list: 'diff',
  filters: { from, to, accountId, userId, applicationId },
});

const required = (): never => {
  const problem = { parameter: 'from', code: 'required' };
  throw new Refusal('invalid-request', {}, [problem]);
};

/** Both ends as positions that were reached: what is compared is the past, even where it ends now. */
const windowOf = async (
  { reader }: LogReading,
  now: string,
  filters: ListRequest['filters'],
  cursor: Cursor | undefined,
): Promise<Pick<Window, 'from' | 'to'>> => {
  const past = (moment: Moment): Moment => ({ ...moment, asOf: formatPosition(moment.position) });
  const clock = new Date(now);
  const pinned = cursor && momentOfCursor(cursor);
  const to = past(await reader.moment(views, { asOf: filters['to'], now: clock, pinned }));
  const from = past(await reader.moment(views, { asOf: filters['from'] || required(), now: clock }));
  const problem = { parameter: 'from', code: 'range' };
  if (from.position > to.position) throw new Refusal('invalid-request', {}, [problem]);
  return { from, to };
};

/** A row for everybody who is or was invited or a member, as the list of users has it: those who were removed are not in it. */
const listedRows = async (
  reading: LogReading,
  keys: readonly string[],
  moment: Moment,
  { caller, now }: Diff,
): Promise<ReadonlyMap<string, UserRow>> => {
  const members = await rowsAt(reading, 'members', keys, moment);
  const listed = [...members].filter(([, { status }]) => status !== 'removed');
  const rows = await userRows(
    reading,
    listed.map(([, row]) => row),
    moment,
    caller,
    { now },
  );
  return new Map(listed.flatMap(([key], index) => (rows[index] === undefined ? [] : [[key, rows[index]]])));
};

const linesOf = async (
  reading: LogReading,
  keys: readonly string[],
  window: Window,
  asked: Diff,
): Promise<DiffAnswer[]> => {
  const [befores, afters] = await Promise.all([
    listedRows(reading, keys, window.from, asked),
    listedRows(reading, keys, window.to, asked),
  ]);
  const changed = keys.filter((key) => !sameJson(befores.get(key) ?? null, afters.get(key) ?? null));
  const causes = await causesOf(reading, changed, window);
  return changed.flatMap((key) => {
    const [before, after] = [befores.get(key) ?? null, afters.get(key) ?? null];
    const { accountId, userId } = after ?? before ?? {};
    const changes = fieldChanges(before, after);
    const ofApplication = `applications/${window.applicationId ?? ''}`;
    if (accountId === undefined || userId === undefined) return [];
    if (window.applicationId !== undefined && !changes.some(({ field }) => field === ofApplication)) return [];
    return {
      view: 'user-applications',
      key: { accountId, userId },
      change: before === null ? 'added' : after === null ? 'removed' : 'changed',
      before,
      after,
      changes,
      causes: causes.get(key) ?? [],
    };
  });
};

const atMost = 1_000;

/** The events that opened or closed a version of the member's row in between, in log order. Every change of an access is among them. */
const causesOf = async (
  reading: LogReading,
  keys: readonly string[],
  { from, to, applicationId }: Window,
): Promise<ReadonlyMap<string, readonly Cause[]>> => {
  const touched = await reading.reader.causes('members', keys, { after: from.position, upTo: to.position });
  const positions = new Map(
    [...touched].map(([key, own]) => [key, own.slice(-atMost).map(({ position }) => formatPosition(position))]),
  );
  const rows = await rowsAt(reading, 'audit-log', [...positions.values()].flat(), to);
  const concerned = [...rows.values()].filter(
    (row) => applicationId === undefined || row.applicationId === null || row.applicationId === applicationId,
  );
  const answers = await auditRows(reading, concerned, to);
  const byPosition = new Map(answers.map((answer) => [answer.position, causeOf(answer)]));
  return new Map(
    [...positions].map(([key, own]) => [
      key,
      own.map((position) => byPosition.get(position)).filter((one) => one !== undefined),
    ]),
  );
};

const causeOf = ({ eventId, position, type, at, actor, reason, ticket }: AuditAnswer): Cause => ({
  eventId,
  position,
  type,
  at,
  actor,
  reason,
  ticket,
});

/**
 * The people whose row differs between two moments, by account and person; applied in order the lines turn `from` into `to`.
 * @throws Refusal account-not-found, not-allowed, invalid-request, as-of-in-the-future, cursor-invalid, cursor-mismatch
 */
export const diff = async (asked: Diff, reading: LogReading): Promise<Page<DiffAnswer>> => {
  const beside = requestOf(asked);
  const cursor = asked.cursor === undefined ? undefined : openCursor(reading.sealing, asked.cursor, beside);
  const request = cursor?.request ?? beside;
  const { accountId, userId, applicationId } = request.filters;
  const named = accountId === undefined ? undefined : [accountId];
  const reach = await reachOf(reading, asked, replayRight, { named });
  // Whole rows of people are more than an application's key may see.
  if (reach.applicationId !== null) refuse('not-allowed', { needs: 'history:replay@account' });
  const whole = wholeAccounts(reach);
  const { from, to } = await windowOf(reading, asked.now, request.filters, cursor);
  const where = [...oneOf('accountId', whole), ...oneOf('userId', userId === undefined ? undefined : [userId])];
  const window: Window = { from, to, where, applicationId };

  const keys = await memberKeys(reading, window);
  const items: DiffAnswer[] = [];
  let after = cursor?.after.key;
  let more = true;
  while (more && items.length < asked.limit) {
    const wanted = asked.limit - items.length;
    const candidates = await keys(after, wanted + 1);
    const taken = candidates.slice(0, wanted);
    items.push(...(await linesOf(reading, taken, window, asked)));
    after = taken.at(-1) ?? after;
    more = candidates.length > wanted;
  }
  const next = more && after !== undefined ? { value: after, key: after } : undefined;
  return {
    items,
    nextCursor:
      next === undefined
        ? null
        : sealCursor(reading.sealing, { position: to.position, logId: to.logId, request, after: next }),
    position: formatPosition(to.position),
    asOf: request.filters['to'] ? to.asOf : null,
    count: null,
    countCapped: false,
  };
};
