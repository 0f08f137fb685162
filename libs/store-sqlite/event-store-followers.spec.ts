import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventsOf, newEvents } from '#eventing/contracts/event-store-given.contract.js';
import type { EventStore, NewEvent } from '#eventing/event-store.js';
import { sqliteEventStore } from './event-store.js';

/** Numbers that look random and come again with the same seed (mulberry32). */
const randomOf = (seed: number) => (): number => {
  let t = (seed += 0x6d2b79f5);
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};

interface Seen {
  position: bigint;
  readonly streams: Map<string, bigint>;
}

describe('followers of the SQLite event store', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'event-store-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it.each([1, 2, 3])(
    'get every event once and in order, fast or slow, from memory or disk, over restarts (seed %i)',
    async (seed) => {
      const random = randomOf(seed);
      const path = join(folder, 'events.db');
      // Sometimes back: the log's own time never goes back.
      let time = Date.parse('2026-01-01T00:00:00Z');
      const clock = (): Date => new Date((time += Math.floor(random() * 2_000) - 800));
      const revisions = new Map<string, bigint>();
      const followers: Seen[] = Array.from({ length: 6 }, () => ({ position: 0n, streams: new Map() }));

      const write = async (store: EventStore, appends: number): Promise<void> => {
        for (let n = 0; n < appends; n += 1) {
          const stream = `account-${Math.floor(random() * 5)}`;
          const last = revisions.get(stream);
          // More than the end of the log that is kept in memory, now and then.
          const text = 'x'.repeat(Math.floor(random() < 0.7 ? 300 : 400_000));
          const events: NewEvent[] = newEvents(text.length > 300 ? 1 : 1 + Math.floor(random() * 20)).map((event) => ({
            ...event,
            data: { text },
          }));
          const { revision } = await store.append(stream, last ?? 'no-stream', events);
          revisions.set(stream, revision);
        }
      };
      const follow = async (store: EventStore, seen: Seen, until: () => bigint): Promise<void> => {
        const stop = new AbortController();
        const slowness = random();
        const batchSize = 1 + Math.floor(random() * 50);
        for await (const batch of store.follow({ after: seen.position, signal: stop.signal, batchSize })) {
          for (const event of batch.events) {
            expect(event.position).toBe(seen.position + 1n);
            expect(event.revision).toBe((seen.streams.get(event.stream) ?? -1n) + 1n);
            seen.position = event.position;
            seen.streams.set(event.stream, event.revision);
          }
          expect(batch.position).toBe(seen.position);
          if (seen.position >= until()) break;
          for (let turns = Math.floor(slowness * random() * 20); turns > 0; turns -= 1) await new Promise(setImmediate);
        }
      };

      for (let restart = 0; restart < 4; restart += 1) {
        const store = sqliteEventStore(path, { clock });
        let target = 2n ** 62n;
        const leaving = followers.map(() => BigInt(Math.floor(random() * 400)));
        const following = followers.map((seen, n) =>
          // Some leave early and come back only after the restart.
          follow(store, seen, () => (n % 2 === 0 ? target : (leaving[n] ?? 0n))),
        );
        await write(store, 60);
        target = await store.head();
        // Wakes those that are at the head already.
        await write(store, 1);
        await Promise.all(following.filter((_, n) => n % 2 === 0));
        const unfinished = Promise.all(following);
        await store.close();
        await unfinished;
      }
      const store = sqliteEventStore(path, { clock });
      const head = await store.head();
      await Promise.all(
        followers.map((seen) => (seen.position < head ? follow(store, seen, () => head) : Promise.resolve())),
      );
      for (const { position, streams } of followers) {
        expect(position).toBe(head);
        expect(streams).toEqual(revisions);
      }
      const events = await Promise.all([...revisions.keys()].map((stream) => eventsOf(store, stream)));
      const inOrder = events.flat().sort((one, other) => Number(one.position - other.position));
      const times = inOrder.map((event) => event.recordedAt);
      expect(times).toEqual(times.toSorted());
      await store.close();
    },
    30_000,
  );

  it('answers every append that was taken before the close, and refuses those after it', async () => {
    const path = join(folder, 'events.db');
    const store = sqliteEventStore(path);
    const taken = Array.from({ length: 3_000 }, (_, n) => store.append(`account-${n}`, 'no-stream', newEvents(1)));
    const closing = store.close();
    await expect(store.append('account-late', 'no-stream', newEvents(1))).rejects.toMatchObject({
      name: 'StoreUnavailable',
    });
    await Promise.all(taken);
    await closing;
    const again = sqliteEventStore(path);
    expect(await again.head()).toBe(3_000n);
    await again.close();
  });
});
