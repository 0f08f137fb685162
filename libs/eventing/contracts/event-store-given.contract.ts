import { afterEach, beforeEach } from '@jest/globals';
import type { EventStore, FollowBatch, FollowOptions, NewEvent, RecordedEvent } from '../event-store.js';
import { randomId } from '../ids.js';
import type { JsonObject } from '../json.js';

/** A store under test. It may hold events of earlier tests. */
export interface OpenedEventStore {
  readonly store: EventStore;
  /** Closes the store, which may be closed already, and opens it again on the same data. */
  readonly reopen: () => Promise<EventStore>;
  /** Closes what is open and clears up. */
  readonly dispose: () => Promise<void>;
}
export type OpenEventStore = () => Promise<OpenedEventStore>;

/** Enough for a store behind a network on a busy machine. */
export const patienceMs = 30_000;

export const newStream = (): string => `account-${randomId('acc')}`;
export const newEvent = (data: JsonObject = {}): NewEvent => ({
  id: randomId('evt'),
  type: 'PlanChanged',
  data,
  metadata: { schemaVersion: '1' },
});
export const newEvents = (count: number): readonly NewEvent[] =>
  Array.from({ length: count }, (_, number) => newEvent({ number }));
export const idsOf = (events: readonly { readonly id: string }[]): readonly string[] => events.map(({ id }) => id);
export const collect = async <Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> => {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
};
export const eventsOf = (store: EventStore, stream: string, from?: bigint): Promise<readonly RecordedEvent[]> =>
  collect(store.readStream(stream, from));

/** A store of its own for each test of the group. */
export const givenStore = (open: OpenEventStore): (() => OpenedEventStore) => {
  let opened: OpenedEventStore | undefined;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened?.dispose());
  return () => {
    if (opened === undefined) throw new Error('The store is opened before each test');
    return opened;
  };
};

/** A follower that keeps what it is given. */
export interface Watch {
  readonly batches: readonly FollowBatch[];
  /** The events of the watched streams, in the order given. */
  readonly events: () => readonly RecordedEvent[];
  /** Resolves when the condition holds after some batch; rejects when the following ends before. */
  readonly until: (condition: () => boolean) => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Settles when the following ends. */
  readonly ended: Promise<void>;
}

export const watch = (
  store: EventStore,
  streams: readonly string[],
  options: Omit<FollowOptions, 'signal'> & { readonly handle?: (batch: FollowBatch) => Promise<void> },
): Watch => {
  const { handle, ...follow } = options;
  const abort = new AbortController();
  const watched = new Set(streams);
  const batches: FollowBatch[] = [];
  const waiting = new Set<() => void>();
  const run = async (): Promise<void> => {
    for await (const batch of store.follow({ ...follow, signal: abort.signal })) {
      await handle?.(batch);
      batches.push(batch);
      for (const check of waiting) check();
    }
  };
  const ended = run();
  // A failure is told through `until` and `stop`; without either it must not end the test run.
  ended.catch(() => undefined);
  return {
    batches,
    events: () => batches.flatMap(({ events }) => events.filter(({ stream }) => watched.has(stream))),
    until: (condition) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (!condition()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
        ended.then(() => reject(new Error('The following ended before')), reject);
      }),
    stop: () => {
      abort.abort();
      return ended;
    },
    ended,
  };
};
