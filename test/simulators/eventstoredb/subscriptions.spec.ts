import {
  type AllStreamSubscription,
  END,
  type EventStoreDBClient,
  eventTypeFilter,
  type Filter,
  jsonEvent,
  NO_STREAM,
  type Position,
  START,
  streamNameFilter,
} from '@eventstore/db-client';
import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { EventLog } from './event-log.js';
import { allOf, counted, countedUpTo, endAll, givenFolder, givenSimulator } from './given.js';
import { subscribeToAll } from './subscribe-to-all.js';

afterEach(endAll);

type CheckpointReached = NonNullable<Filter['checkpointReached']>;

/** What a subscription tells, in order: events by stream and revision, checkpoints by position, news by name. */
const heard = (
  client: EventStoreDBClient,
  fromPosition: Position | typeof START | typeof END,
  filterOf: (checkpointReached: CheckpointReached) => Filter,
) => {
  const told: (string | bigint)[] = [];
  const filter = filterOf((_, { commit }) => {
    told.push(commit);
    return Promise.resolve();
  });
  const subscription: AllStreamSubscription = client
    .subscribeToAll({ fromPosition, filter })
    .on('data', ({ event }) => told.push(`${event?.streamId}@${event?.revision}`));
  for (const news of ['confirmation', 'caughtUp'] as const) subscription.on(news, () => told.push(news));
  return { told, subscription };
};

const positionsOf = async (client: EventStoreDBClient): Promise<bigint[]> =>
  (await allOf(client.readAll())).map(({ event }) => event?.position.commit ?? -1n);

describe('a filtered subscription', () => {
  const onPrefix = (prefix: string) => (checkpointReached: CheckpointReached) =>
    streamNameFilter({ prefixes: [prefix], maxSearchWindow: 10, checkpointInterval: 2, checkpointReached });

  test('has a checkpoint after every so many events of the past that it left out', async () => {
    const { client } = await givenSimulator();
    await client.appendToStream('other', countedUpTo(55), { expectedRevision: NO_STREAM });
    const { told, subscription } = heard(client, START, onPrefix('mine-'));
    await once(subscription, 'caughtUp');
    const positions = await positionsOf(client);
    // A checkpoint is where the window began in which it was due.
    expect(told).toEqual(['confirmation', positions[10], positions[30], positions[50], 'caughtUp']);
  });

  test('has its live checkpoint at the very event that made it due', async () => {
    const { client } = await givenSimulator();
    const { told, subscription } = heard(client, END, onPrefix('mine-'));
    await once(subscription, 'caughtUp');
    const last = once(subscription, 'data');
    await client.appendToStream('other', countedUpTo(45), { expectedRevision: NO_STREAM });
    await client.appendToStream('mine-1', counted(1), { expectedRevision: NO_STREAM });
    await last;
    const positions = await positionsOf(client);
    expect(told).toEqual(['confirmation', 'caughtUp', positions[20], positions[40], 'mine-1@0']);
  });

  test('misses nothing and repeats nothing when it goes on from a checkpoint', async () => {
    const { client } = await givenSimulator();
    for (let n = 0; n < 50; n += 1) await client.appendToStream(n % 3 === 0 ? 'mine-1' : 'other', counted(n));
    const first = heard(client, START, onPrefix('mine-'));
    await once(first.subscription, 'caughtUp');
    const events = first.told.filter((told) => typeof told === 'string' && told.startsWith('mine-'));
    const checkpoints = first.told.filter((told) => typeof told === 'bigint');
    expect(checkpoints.length).toBeGreaterThan(2);
    for (const checkpoint of checkpoints) {
      const before = first.told.slice(0, first.told.indexOf(checkpoint)).filter((told) => events.includes(told));
      const next = heard(client, { commit: checkpoint, prepare: checkpoint }, onPrefix('mine-'));
      await once(next.subscription, 'caughtUp');
      expect([...before, ...next.told.filter((told) => events.includes(told))]).toEqual(events);
    }
  });

  test.each([
    ['a prefix of types', () => eventTypeFilter({ prefixes: ['Access'] }), ['a@0']],
    ['a pattern of types', () => eventTypeFilter({ regex: '^[^$].*ed$' }), ['a@0', 'b@0']],
    ['several prefixes of streams', () => streamNameFilter({ prefixes: ['b', '$$$'] }), ['$$$scavenges@0', 'b@0']],
    ['a pattern of streams', () => streamNameFilter({ regex: '^[ac]$' }), ['a@0', 'c@0']],
  ])('takes %s', async (_, filterOf, expected) => {
    const { client } = await givenSimulator();
    for (const [stream, type] of [
      ['a', 'AccessRevoked'],
      ['b', 'UserInvited'],
      ['c', 'Other'],
    ] as const) {
      await client.appendToStream(stream, jsonEvent({ type, data: {} }), { expectedRevision: NO_STREAM });
    }
    const { told, subscription } = heard(client, START, filterOf);
    await once(subscription, 'caughtUp');
    expect(told).toEqual(['confirmation', ...expected, 'caughtUp']);
  });
});

describe('a filter that is no pattern', () => {
  test('ends its own subscription and nothing else', async () => {
    const { client } = await givenSimulator();
    const subscription = client.subscribeToAll({ filter: streamNameFilter({ regex: '(' }) });
    const [error] = (await once(subscription, 'error')) as [Error];
    expect(error.message).toContain('the filter is no pattern');
    expect(await client.appendToStream('a', counted(1))).toMatchObject({ success: true });
  });
});

describe('a subscription to a stream', () => {
  test('gives what comes after a revision, then what is appended', async () => {
    const { client } = await givenSimulator();
    await client.appendToStream('a', countedUpTo(3), { expectedRevision: NO_STREAM });
    const revisions: unknown[] = [];
    const subscription = client
      .subscribeToStream('a', { fromRevision: 0n })
      .on('data', ({ event }) => revisions.push(event?.revision));
    subscription.on('caughtUp', () => revisions.push('caughtUp'));
    await once(subscription, 'caughtUp');
    const live = once(subscription, 'data');
    await client.appendToStream('b', counted(1));
    await client.appendToStream('a', counted(4), { expectedRevision: 2n });
    await live;
    expect(revisions).toEqual([1n, 2n, 'caughtUp', 3n]);
  });

  test('waits for a stream that is not there yet, and ends with its tombstone', async () => {
    const { client } = await givenSimulator();
    const subscription = client.subscribeToStream('a');
    await once(subscription, 'caughtUp');
    const first = once(subscription, 'data');
    await client.appendToStream('a', counted(1), { expectedRevision: NO_STREAM });
    await first;
    const failed = once(subscription, 'error');
    await client.tombstoneStream('a');
    expect((await failed)[0]).toMatchObject({ type: 'stream-deleted' });
  });
});

describe('a slow consumer', () => {
  test('has no more in memory than its connection takes', async () => {
    const log = await EventLog.open(await givenFolder());
    await log.addStats(1_000);
    // Takes the first message and never another.
    const call = Object.assign(new Writable({ objectMode: true, write: () => undefined }), { cancelled: false });
    const over = new AbortController();
    const from = { getPosition: () => undefined, hasEnd: () => false };
    const ended = subscribeToAll(log, call as never, from as never, undefined, over.signal).catch(
      (error: unknown) => error,
    );
    for (let turn = 0; turn < 100; turn += 1) await nextTurn();
    expect(call.writableLength).toBe(call.writableHighWaterMark);
    over.abort();
    expect(await ended).toMatchObject({ name: 'AbortError' });
    await log.close();
  });

  test('is told that it fell behind, holds nobody up, and gets everything in order', async () => {
    const { client } = await givenSimulator();
    const subscription = client.subscribeToAll({ fromPosition: END }, { highWaterMark: 1 });
    const news: string[] = [];
    for (const name of ['caughtUp', 'fellBehind'] as const) subscription.on(name, () => news.push(name));
    await once(subscription, 'caughtUp');
    const large = (n: number) => jsonEvent({ type: 'Large', data: { n, text: 'x'.repeat(10_000) } });
    for (let n = 0; n < 300; n += 50) {
      await client.appendToStream(
        'a',
        Array.from({ length: 50 }, (_, at) => large(n + at)),
      );
    }
    const seen: unknown[] = [];
    for await (const { event } of subscription) if (seen.push(event?.revision) === 300) break;
    expect(seen).toEqual(Array.from({ length: 300 }, (_, n) => BigInt(n)));
    expect(news).toEqual(['caughtUp', 'fellBehind']);
  });
});
