import { describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import type { EventStore, FollowBatch, NewEvent } from '../event-store.js';
import {
  collect,
  eventsOf,
  givenStore,
  idsOf,
  newEvent,
  newEvents,
  newStream,
  patienceMs,
  watch,
  type OpenEventStore,
} from './event-store-given.contract.js';

/** Appends one event after the other, each in its turn. */
const writeOneByOne = async (store: EventStore, stream: string, events: readonly NewEvent[]): Promise<void> => {
  for (const [index, event] of events.entries()) {
    await store.append(stream, index === 0 ? 'no-stream' : BigInt(index - 1), [event]);
  }
};

const ascends = (positions: readonly bigint[]): boolean =>
  positions.every((position, index) => index === 0 || position > (positions[index - 1] ?? 0n));

/** Positions never decrease, and each batch's is at or after its last event's. */
const expectOrder = (batches: readonly FollowBatch[]): void => {
  for (const [index, { events, position }] of batches.entries()) {
    expect(position).toBeGreaterThanOrEqual(events.at(-1)?.position ?? 0n);
    expect(position).toBeGreaterThanOrEqual(batches[index - 1]?.position ?? 0n);
  }
  expect(ascends(batches.flatMap(({ events }) => events.map(({ position }) => position)))).toBe(true);
};

export const followContract = (open: OpenEventStore): void => {
  describe('following the log', () => {
    const given = givenStore(open);

    it('gives what is past, says that it is live, then gives what comes', async () => {
      const { store } = given();
      const after = await store.head();
      const [past, coming] = [newStream(), newStream()];
      await store.append(past, 'no-stream', newEvents(5));
      const follower = watch(store, [past, coming], { after, batchSize: 2 });
      await follower.until(() => follower.batches.at(-1)?.live === true);
      expect(follower.events()).toEqual(await eventsOf(store, past));
      for (const { events } of follower.batches) expect(events.length).toBeLessThanOrEqual(2);

      await store.append(coming, 'no-stream', newEvents(3));
      await follower.until(() => follower.events().length === 8);
      await follower.until(() => follower.batches.at(-1)?.live === true);
      expect(follower.events()).toEqual([...(await eventsOf(store, past)), ...(await eventsOf(store, coming))]);
      expectOrder(follower.batches);
      await follower.stop();
    });

    it('says that it is live at the end of the log, and gives what comes after an idle time', async () => {
      const { store } = given();
      const stream = newStream();
      await store.append(newStream(), 'no-stream', newEvents(1));
      const after = await store.head();
      const follower = watch(store, [stream], { after });
      await follower.until(() => follower.batches.at(-1)?.live === true);
      expect(follower.events()).toEqual([]);
      expect(follower.batches.at(-1)?.position).toBeGreaterThanOrEqual(after);
      for (const [index, event] of newEvents(3).entries()) {
        await store.append(stream, index === 0 ? 'no-stream' : BigInt(index - 1), [event]);
        await follower.until(() => follower.events().length === index + 1);
      }
      await follower.stop();
    });

    it('gives only what comes after the position', async () => {
      const { store } = given();
      const stream = newStream();
      await store.append(stream, 'no-stream', newEvents(4));
      const events = await eventsOf(store, stream);
      const follower = watch(store, [stream], { after: events[1]?.position ?? 0n });
      await follower.until(() => follower.batches.at(-1)?.live === true);
      expect(follower.events()).toEqual(events.slice(2));
      await follower.stop();
    });

    it(
      'gives each event once and in order while writers race, to every follower',
      async () => {
        const { store } = given();
        const after = await store.head();
        const streams = Array.from({ length: 8 }, newStream);
        const early = watch(store, streams, { after, batchSize: 3 });
        const writing = Promise.all(streams.map((stream) => writeOneByOne(store, stream, newEvents(40))));
        await early.until(() => early.events().length >= 40);
        const late = watch(store, streams, { after, batchSize: 7 });
        await writing;
        for (const follower of [early, late]) {
          await follower.until(() => follower.events().length >= 320);
          expectOrder(follower.batches);
          for (const stream of streams) {
            const ofStream = follower.events().filter((event) => event.stream === stream);
            expect(ofStream).toEqual(await eventsOf(store, stream));
          }
          expect(follower.events()).toHaveLength(320);
          await follower.stop();
        }
      },
      patienceMs,
    );

    it(
      'goes on where it was stopped, over a restart of the store, with nothing lost or given twice',
      async () => {
        const { store, reopen } = given();
        let open = store;
        let after = await open.head();
        const handled: string[] = [];
        const written: string[] = [];
        for (let round = 0; round < 4; round += 1) {
          const stream = newStream();
          const events = newEvents(30);
          written.push(...idsOf(events));
          const follower = watch(open, [stream], { after, batchSize: 4 });
          const writing = writeOneByOne(open, stream, events);
          await follower.until(() => follower.events().length > 9);
          await follower.stop();
          await writing;
          // What was missed is given to the next follower first.
          const next = watch(open, [stream], { after: follower.batches.at(-1)?.position ?? after, batchSize: 4 });
          await next.until(() => follower.events().length + next.events().length >= 30);
          await next.stop();
          handled.push(...idsOf([...follower.events(), ...next.events()]));
          after = next.batches.at(-1)?.position ?? after;
          open = await reopen();
        }
        expect(handled).toEqual(written);
      },
      patienceMs,
    );

    it(
      'waits for a slow consumer, who loses nothing',
      async () => {
        const { store } = given();
        const after = await store.head();
        const stream = newStream();
        const events = newEvents(200);
        const handle = async (): Promise<void> => {
          for (let turn = 0; turn < 5; turn += 1) await setImmediate();
        };
        const follower = watch(store, [stream], { after, batchSize: 5, handle });
        await writeOneByOne(store, stream, events);
        await follower.until(() => follower.events().length >= 200);
        expect(idsOf(follower.events())).toEqual(idsOf(events));
        await follower.stop();
      },
      patienceMs,
    );

    it('gives nothing of refused appends, and nothing that a restart does not give again', async () => {
      const { store, reopen } = given();
      const after = await store.head();
      const streams = Array.from({ length: 10 }, newStream);
      const follower = watch(store, streams, { after, batchSize: 3 });
      const appends = streams.flatMap((stream) => [
        store.append(stream, 'no-stream', newEvents(3)),
        store.append(stream, 9n, newEvents(3)),
        store.append(stream, 2n, [newEvent({ text: 'x'.repeat(600_000) })]),
        store.append(stream, 2n, newEvents(1)),
      ]);
      await Promise.allSettled(appends);
      await follower.until(() => follower.events().length >= 40);
      const seen = follower.events();
      await follower.stop();

      const again = watch(await reopen(), streams, { after });
      await again.until(() => again.batches.at(-1)?.live === true);
      expect(again.events()).toEqual(seen);
      expect(seen).toHaveLength(40);
      await again.stop();
    });

    it('ends without an error when aborted: before the start, in a batch, or idle', async () => {
      const { store } = given();
      const after = await store.head();
      await store.append(newStream(), 'no-stream', newEvents(6));
      expect(await collect(store.follow({ after, signal: AbortSignal.abort() }))).toEqual([]);

      const abort = new AbortController();
      const batches: FollowBatch[] = [];
      for await (const batch of store.follow({ after, batchSize: 1, signal: abort.signal })) {
        batches.push(batch);
        if (batches.length === 2) abort.abort();
      }
      expect(batches).toHaveLength(2);

      const idle = watch(store, [], { after });
      await idle.until(() => idle.batches.at(-1)?.live === true);
      await expect(idle.stop()).resolves.toBeUndefined();
    });

    it('leaves nothing behind when the consumer breaks off', async () => {
      const { store } = given();
      const after = await store.head();
      await store.append(newStream(), 'no-stream', newEvents(6));
      const abort = new AbortController();
      for await (const batch of store.follow({ after, batchSize: 1, signal: abort.signal })) {
        expect(batch.position).toBeGreaterThan(after);
        break;
      }
      await store.append(newStream(), 'no-stream', newEvents(1));
    });

    it('ends when the store is closed', async () => {
      const { store } = given();
      const idle = watch(store, [], { after: await store.head() });
      await idle.until(() => idle.batches.at(-1)?.live === true);
      await store.close();
      await expect(idle.ended).resolves.toBeUndefined();
    });
  });
};
