import { judgeAppend, nextRecordedAt, noRevision, writtenEvents } from '../append-rules.js';
import {
  StoreUnavailable,
  type Appended,
  type EventMetadata,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  type RecordedEvent,
} from '../event-store.js';
import { commitBell, followLog } from '../follow-log.js';
import type { JsonObject } from '../json.js';

/** What outlives the closing of an in-memory event store, for specs that open it again. */
export interface InMemoryLog {
  readonly events: RecordedEvent[];
  readonly streams: Map<string, RecordedEvent[]>;
}

export const inMemoryLog = (): InMemoryLog => ({ events: [], streams: new Map() });

/** Runs at once; what is thrown rejects. */
const attempt = <Result>(work: () => Result): Promise<Result> => new Promise((resolve) => resolve(work()));

/** An event store that forgets with its log, for specs and trials. Appends count at once. */
export const inMemoryEventStore = (
  options: { readonly log?: InMemoryLog; readonly clock?: () => Date } = {},
): EventStore => {
  const { log = inMemoryLog(), clock = () => new Date() } = options;
  const bell = commitBell();
  let closed = false;
  const requireOpen = (): void => {
    if (closed) throw new StoreUnavailable('The event store is closed');
  };
  const head = (): bigint => BigInt(log.events.length);

  const append = (stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Appended => {
    requireOpen();
    const written = writtenEvents(events);
    const recorded = log.streams.get(stream) ?? [];
    const places = (from: bigint, to: bigint): RecordedEvent[] => recorded.slice(Number(from), Number(to) + 1);
    const earlier = judgeAppend(stream, expected, events, BigInt(recorded.length) - 1n, places);
    if (earlier !== undefined) return earlier;
    const now = clock().toISOString();
    for (const { id, type, data, metadata, migratedAt } of written) {
      const event: RecordedEvent = {
        id,
        type,
        data: JSON.parse(data) as JsonObject,
        metadata: JSON.parse(metadata) as EventMetadata,
        stream,
        revision: BigInt(recorded.length),
        position: head() + 1n,
        recordedAt: nextRecordedAt(log.events.at(-1)?.recordedAt ?? '', migratedAt, now),
      };
      recorded.push(event);
      log.events.push(event);
    }
    if (recorded.length > 0) log.streams.set(stream, recorded);
    bell.ring();
    return { revision: recorded.at(-1)?.revision ?? noRevision, position: head() };
  };

  return {
    append: (stream, expected, events) => attempt(() => append(stream, expected, events)),
    readStream: async function* (stream, from = 0n) {
      await attempt(requireOpen);
      yield* (log.streams.get(stream) ?? []).slice(Number(from));
    },
    follow: (options) =>
      followLog(
        {
          read: (after, limit) => log.events.slice(Number(after), Number(after) + limit),
          head,
          isClosed: () => closed,
          bell,
        },
        options,
      ),
    head: () =>
      attempt(() => {
        requireOpen();
        return head();
      }),
    close: () => {
      closed = true;
      bell.ring();
      return Promise.resolve();
    },
  };
};
