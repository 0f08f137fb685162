import type { RecordedEvent } from '#eventing/event-store.js';
import { Refusal, refuse } from '#eventing/refusal.js';
import { holdsOnPlatform } from '../permission.js';
import { type EventAnswer, eventAnswer, exportScope } from './events-feed.js';
import type { LogReading } from './log-reading.js';
import { query } from './query.js';
import { type Single, unversioned } from './single.js';
import { rowPage } from './view-rows.js';

export class GetEvent extends query<{ eventId: string; open: boolean; minPosition?: string | undefined }>() {}

const eventAt = async ({ views }: LogReading, position: bigint): Promise<RecordedEvent | undefined> => {
  const signal = new AbortController().signal;
  for await (const { events, live } of views.log.follow({ after: position - 1n, signal, batchSize: 1 }))
    if (events.length > 0 || live) return events[0];
  return undefined;
};

/**
 * One event by its id.
 * @throws Refusal not-found, also outside the caller's reach; not-allowed
 */
export const getEvent = async (asked: GetEvent, reading: LogReading): Promise<Single<EventAnswer>> => {
  const { eventId, caller, now, minPosition } = asked;
  const moment = await reading.reader.moment(['audit-log'], { now: new Date(now), minPosition });
  const where = [{ column: 'eventId', in: [eventId] }];
  const order = { column: 'key', descending: false };
  const { rows } = await rowPage(reading, 'audit-log', { moment, where, order, limit: 1 });
  const row = rows[0]?.row ?? refuse('not-found');
  const event = (await eventAt(reading, BigInt(row.position))) ?? refuse('not-found');
  const ofAccount = row.accountId !== null && event.stream === `account-${row.accountId}` ? row.accountId : undefined;
  if (ofAccount === undefined && !holdsOnPlatform(caller, 'history:export')) refuse('not-found');
  const scope = await exportScope(reading, caller, ofAccount).catch((error: unknown) => {
    throw error instanceof Refusal && error.code === 'account-not-found' ? new Refusal('not-found') : error;
  });
  return unversioned(moment, await eventAnswer(reading, event, asked.open && scope.mayOpen));
};
