import { type EventStore, type FollowBatch, type RecordedEvent, StoreUnavailable } from '../event-store.js';

/** What a log holds after a position, up to its head; the last batch is live. @throws StoreUnavailable when it ends before */
export const batchesToHead = async function* (log: EventStore, after: bigint): AsyncGenerator<FollowBatch> {
  const ended = new AbortController();
  try {
    for await (const batch of log.follow({ after, signal: ended.signal })) {
      yield batch;
      if (batch.live) return;
    }
    throw new StoreUnavailable('The log was closed before its head was reached');
  } finally {
    ended.abort();
  }
};

/** As {@link batchesToHead}, event by event. */
export const eventsToHead = async function* (log: EventStore, after: bigint): AsyncGenerator<RecordedEvent, undefined> {
  for await (const { events } of batchesToHead(log, after)) yield* events;
};

/** The events after a position one by one, those to come included, until the signal. */
export const eventsAfter = async function* (
  log: EventStore,
  after: bigint,
  signal: AbortSignal,
): AsyncGenerator<RecordedEvent, undefined> {
  for await (const { events } of log.follow({ after, signal })) yield* events;
};
