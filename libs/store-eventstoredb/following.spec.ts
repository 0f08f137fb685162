import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  eventsOf,
  newEvent,
  newEvents,
  newStream,
  patienceMs,
  watch,
} from '#eventing/contracts/event-store-given.contract.js';
import type { FollowBatch } from '#eventing/event-store.js';
import { eventstoredbSimulator, type SimulatorServer } from '../../test/servers/simulator-server.js';
import { eventStoreDb, type EventStoreDb } from './event-store.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('following EventStoreDB', () => {
  let server: SimulatorServer;
  let store: EventStoreDb;
  beforeEach(async () => {
    server = await eventstoredbSimulator({ statsEvery: 3 });
    store = eventStoreDb({ connectionString: server.url, categories: ['account', 'platform'] });
  });
  afterEach(async () => {
    await store.close();
    await server.dispose();
  });

  /** Another program in the same database. */
  const writeElsewhere = async (stream: string, count: number): Promise<void> => {
    const other = EventStoreDBClient.connectionString(server.url);
    await other.appendToStream(
      stream,
      Array.from({ length: count }, () => jsonEvent({ type: 'Other', data: {} })),
    );
    await other.dispose();
  };

  it('gives the events of our streams only', async () => {
    const ours = [newStream(), newStream(), 'platform'];
    for (const stream of ours) {
      await store.append(stream, 'no-stream', newEvents(4));
      await writeElsewhere('other-1', 2);
      // These begin like ours, but are not.
      await writeElsewhere('platforms', 1);
      await writeElsewhere('accounts-1', 1);
    }
    const follower = watch(store, [...ours, 'platforms', 'accounts-1', 'other-1'], { after: 0n });
    await follower.until(() => follower.batches.at(-1)?.live === true);
    const expected = await Promise.all(ours.map((stream) => eventsOf(store, stream)));
    expect(follower.events()).toEqual(expected.flat());
    const given = follower.batches.flatMap(({ events }) => events);
    expect(given).toHaveLength(12);
    expect(await store.head()).toBe(given.at(-1)?.position);
    await follower.stop();
  });

  it('moves on while nothing of ours is found, past or live, and begins again from there', async () => {
    const { position } = await store.append(newStream(), 'no-stream', newEvents(1));
    await server.inflict({ fault: 'system-events', count: 3_000 });
    const follower = watch(store, [], { after: position });
    await follower.until(() => follower.batches.at(-1)?.live === true);
    const past = follower.batches.at(-1)?.position ?? 0n;
    expect(past).toBeGreaterThan(position);
    await server.inflict({ fault: 'system-events', count: 3_000 });
    await follower.until(() => (follower.batches.at(-1)?.position ?? 0n) > past);
    expect(follower.batches.at(-1)).toMatchObject({ events: [], live: true });
    await follower.stop();

    const stream = newStream();
    await store.append(stream, 'no-stream', newEvents(3));
    const next = watch(store, [stream], { after: follower.batches.at(-1)?.position ?? 0n });
    await next.until(() => next.events().length === 3);
    expect(next.batches.flatMap(({ events }) => events)).toHaveLength(3);
    await next.stop();
  });

  it(
    'gives each event once over broken connections, and is live again after each',
    async () => {
      const streams = [newStream(), newStream()];
      const follower = watch(store, streams, { after: 0n, batchSize: 3 });
      await follower.until(() => follower.batches.at(-1)?.live === true);
      for (let round = 0; round < 5; round += 1) {
        const before = follower.batches.length;
        await server.inflict({ fault: 'drop-connections' });
        await follower.until(() => follower.batches.slice(before).some(({ live }) => !live));
        for (const stream of streams) {
          const expected = round === 0 ? 'no-stream' : BigInt(round * 10 - 1);
          await store.append(stream, expected, newEvents(10));
        }
        const count = (round + 1) * 20;
        await follower.until(() => follower.events().length >= count && follower.batches.at(-1)?.live === true);
      }
      for (const stream of streams) {
        expect(follower.events().filter((event) => event.stream === stream)).toEqual(await eventsOf(store, stream));
      }
      await follower.stop();
    },
    patienceMs,
  );

  it(
    'keeps a slow consumer in little memory, who gets everything',
    async () => {
      const streams = Array.from({ length: 10 }, newStream);
      for (const stream of streams) {
        const events = Array.from({ length: 16 }, () => newEvent({ text: 'x'.repeat(400_000) }));
        for (const [index, event] of events.entries()) {
          await store.append(stream, index === 0 ? 'no-stream' : BigInt(index - 1), [event]);
        }
      }
      const used = (): number => {
        collectGarbage();
        return process.memoryUsage().heapUsed + process.memoryUsage().external;
      };
      const before = used();
      let busy = (): void => undefined;
      const firstHandled = new Promise<void>((resolve) => {
        busy = resolve;
      });
      const follower = watch(store, streams, { after: 0n, batchSize: 200, handle: () => firstHandled });
      // 64 MB could come while the consumer is at its first batch and others use the connection.
      for (let turn = 0; turn < 300; turn += 1) await store.head();
      expect(used() - before).toBeLessThan(32_000_000);
      busy();
      await follower.until(() => follower.events().length >= 160);
      for (const stream of streams) {
        const given = follower.events().filter((event) => event.stream === stream);
        expect(given.map(({ revision }) => revision)).toEqual(given.map((_, index) => BigInt(index)));
        expect(given).toHaveLength(16);
      }
      await follower.stop();
    },
    patienceMs,
  );

  it('ends at once when it is stopped while the server is away, or the store is closed', async () => {
    const idle = watch(store, [], { after: 0n });
    const other = watch(store, [], { after: 0n });
    await idle.until(() => idle.batches.at(-1)?.live === true);
    await server.kill();
    await idle.until(() => idle.batches.at(-1)?.live === false);
    await idle.stop();
    await store.close();
    await expect(other.ended).resolves.toBeUndefined();
  });

  it('lets go of the subscription when the consumer breaks off', async () => {
    await store.append(newStream(), 'no-stream', newEvents(5));
    const batches: FollowBatch[] = [];
    // More than a connection holds at a time, if they were not let go of.
    for (let turn = 0; turn < 300; turn += 1) {
      for await (const batch of store.follow({ after: 0n, batchSize: 1, signal: new AbortController().signal })) {
        batches.push(batch);
        break;
      }
    }
    expect(batches).toHaveLength(300);
  });
});
