import type { EventStore } from '#eventing/event-store.js';
import { appendingTo } from './appending.js';
import { connectionTo } from './connection.js';
import { isSystemEvent, recordedEvent, streamOfRecord, type Record } from './events.js';
import { followThrough } from './following.js';
import { logHead } from './log-head.js';
import { readFromLeader } from './reading.js';
import { readForwards } from './requests.js';

export interface EventStoreDbOptions {
  /** `esdb://` or `kurrentdb://`, with credentials, TLS and hosts; `+discover` or several hosts for a cluster. */
  readonly connectionString: string;
  /** Our streams: those of this name and those that begin with it and a hyphen. The database may hold others. */
  readonly categories: readonly string[];
  /** How long the server may take for an answer (default 5,000 ms). */
  readonly deadlineMs?: number;
}

/** The log in EventStoreDB (KurrentDB), shared by many processes. */
export interface EventStoreDb extends EventStore {
  /**
   * Resolves when the server has answered and lets the log be read.
   * @throws StoreUnavailable in one line that names the server and what is wrong, without credentials
   */
  ready(): Promise<void>;
}

const defaultDeadlineMs = 5_000;

/**
 * An event store on a server, connected when first used and again whenever the connection breaks.
 * Positions are commit positions. Data and metadata are JSON; times are the server's unless an event brings a migrated one.
 * A stream that was deleted with a tool of the server reads as missing, one that was tombstoned throws {@link StreamTombstoned}.
 * @throws StoreUnavailable when the connection string can't be used
 */
export const eventStoreDb = (options: EventStoreDbOptions): EventStoreDb => {
  const { connectionString, categories, deadlineMs = defaultDeadlineMs } = options;
  const connection = connectionTo(connectionString, deadlineMs);
  const names = new Set(categories);
  const isOurs = (record: Record): boolean => {
    const [category = ''] = streamOfRecord(record).split('-', 1);
    return names.has(category) && !isSystemEvent(record);
  };
  const head = logHead(connection, isOurs);
  const appending = appendingTo(connection, head);
  const closing = new AbortController();
  let closed: Promise<void> | undefined;

  const close = async (): Promise<void> => {
    closing.abort();
    await appending.finish();
    connection.close();
  };

  return {
    ready: async () => {
      await head();
    },
    append: (stream, expected, events) => appending.append(stream, expected, events),
    readStream: async function* (stream, from = 0n) {
      let next = from;
      for await (const record of readFromLeader(connection, () => readForwards(stream, next))) {
        const event = recordedEvent(record);
        next = event.revision + 1n;
        yield event;
      }
    },
    follow: (follow) => followThrough({ connection, prefixes: categories, isOurs, closed: closing.signal }, follow),
    head,
    close: () => (closed ??= close()),
  };
};
