import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { eventStoreContract } from '#eventing/contracts/event-store.contract.js';
import { eventsOf, newEvent, newEvents, watch } from '#eventing/contracts/event-store-given.contract.js';
import { type EventStore, type RecordedEvent, StoreUnavailable } from '#eventing/event-store.js';
import { sqliteEventStore } from './event-store.js';

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'event-store-'));

eventStoreContract('SQLite', async () => {
  const folder = await newFolder();
  let store = sqliteEventStore(join(folder, 'events.db'));
  return {
    store,
    reopen: async () => {
      await store.close();
      store = sqliteEventStore(join(folder, 'events.db'));
      return store;
    },
    dispose: async () => {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
});

describe('the SQLite event store', () => {
  let folder: string;
  let path: string;
  const opened: EventStore[] = [];
  const open = (clock?: () => Date): EventStore => {
    const store = sqliteEventStore(path, clock === undefined ? {} : { clock });
    opened.push(store);
    return store;
  };
  beforeEach(async () => {
    folder = await newFolder();
    path = join(folder, 'events.db');
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    await rm(folder, { recursive: true });
  });
  const execute = (sql: string): void => {
    const database = new DatabaseSync(path);
    database.exec(sql);
    database.close();
  };

  it('writes every append that was issued before it closes', async () => {
    const store = open();
    const appends = Array.from({ length: 30 }, (_, n) => store.append(`account-${n}`, 'no-stream', newEvents(2)));
    await store.close();
    expect(await Promise.all(appends)).toHaveLength(30);
    expect(await open().head()).toBe(60n);
  });

  it('reads long streams of small and large events in runs of bounded size, each event once and in order', async () => {
    const store = open();
    const lengthOf = ({ data }: RecordedEvent): number => (data['text'] as string).length;
    const sizes = Array.from({ length: 1_005 }, (_, n) => (n % 2 === 0 ? 20_000 : 10));
    for (let from = 0; from < sizes.length; from += 50) {
      const events = sizes.slice(from, from + 50).map((size) => newEvent({ text: 'x'.repeat(size) }));
      await store.append('account-1', from === 0 ? 'no-stream' : BigInt(from - 1), events);
    }
    await store.close();
    const again = open();
    const read = await eventsOf(again, 'account-1');
    expect(read.map(({ revision }) => Number(revision))).toEqual(sizes.map((_, n) => n));
    expect(read.map(lengthOf)).toEqual(sizes);

    const followed: RecordedEvent[] = [];
    const stop = new AbortController();
    for await (const { events, live } of again.follow({ after: 0n, signal: stop.signal, batchSize: 500 })) {
      expect(events.reduce((sum, event) => sum + lengthOf(event), 0)).toBeLessThan(4_300_000);
      followed.push(...events);
      if (live) stop.abort();
    }
    expect(followed).toEqual(read);
  });

  it('records times that never decrease in the order of the log, migrated ones included, also after a restart', async () => {
    const day = (date: number): string => `2026-01-${String(date).padStart(2, '0')}T00:00:00.000Z`;
    const clockOf = (...dates: number[]) => {
      return () => new Date(day(dates.shift() ?? 31));
    };
    const migrated = (date: string) => ({ ...newEvent(), metadata: { recordedAt: date } });
    const store = open(clockOf(5, 4, 6));
    await store.append('account-1', 'no-stream', [newEvent(), migrated(day(7)), newEvent()]);
    await store.append('account-2', 'no-stream', [newEvent(), migrated('2026-01-09T01:00:00+01:00')]);
    await store.append('account-3', 'no-stream', [migrated(day(2))]);
    await store.close();
    const again = open(clockOf(8, 10));
    await again.append('account-4', 'no-stream', [newEvent()]);
    await again.append('account-5', 'no-stream', [newEvent()]);

    const follower = watch(
      again,
      [1, 2, 3, 4, 5].map((n) => `account-${n}`),
      { after: 0n },
    );
    await follower.until(() => follower.events().length === 8);
    await follower.stop();
    const dates = [5, 7, 7, 7, 9, 9, 9, 10];
    expect(follower.events().map(({ recordedAt }) => recordedAt)).toEqual(dates.map(day));
  });

  it('refuses a migrated time that is none', async () => {
    const event = { ...newEvent(), metadata: { recordedAt: 'yesterday' } };
    await expect(open().append('account-1', 'no-stream', [event])).rejects.toThrow('recordedAt');
  });

  it('leaves turns to others while a follower catches up', async () => {
    const store = open();
    let last = -1n;
    for (let n = 0; n < 5; n += 1) {
      ({ revision: last } = await store.append('account-1', last === -1n ? 'no-stream' : last, newEvents(1_000)));
    }
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    turn();
    const follower = watch(store, ['account-1'], { after: 0n, batchSize: 50 });
    await follower.until(() => follower.events().length === 5_000);
    isOver = true;
    await follower.stop();
    expect(turns).toBeGreaterThanOrEqual(100);
  });

  it('refuses a file of a newer schema in one line', async () => {
    await open().close();
    execute('PRAGMA user_version = 99');
    expect(() => open()).toThrow(StoreUnavailable);
    expect(() => open()).toThrow(/^.*events\.db has schema 99, this version knows up to 1: run the newer version$/);
  });

  it('refuses what is no database', () => {
    path = folder;
    expect(() => open()).toThrow(StoreUnavailable);
  });
});
