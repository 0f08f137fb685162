import { EventStoreDBClient, NO_STREAM } from '@eventstore/db-client';
import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { allOf, counted, endAll, givenSimulator } from './given.js';

afterEach(endAll);

const typed = (type: string) => expect.objectContaining({ type });

/** Calls again until the client has its connection back. */
const insisting = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if ((error as { code?: unknown }).code !== 14) throw error;
    }
  }
};

const sizeOf = async (client: EventStoreDBClient, stream: string): Promise<number> => {
  const events = await allOf(client.readStream(stream)).catch((error: unknown) => {
    if ((error as { type?: unknown }).type === 'stream-not-found') return [];
    throw error;
  });
  return events.length;
};

describe('an append whose connection broke', () => {
  test.each([
    ['drop-before-commit', 0],
    ['drop-after-commit', 1],
  ] as const)('by %s left %i events, and is there once when it is repeated', async (fault, left) => {
    const { simulator, client } = await givenSimulator();
    await client.appendToStream('a', counted(0), { expectedRevision: NO_STREAM });
    await simulator.inflict({ fault, appends: 1 });
    const event = counted(1);
    const append = () => client.appendToStream('a', event, { expectedRevision: 0n });
    await expect(append()).rejects.toEqual(typed('unavailable'));
    expect(await insisting(() => sizeOf(client, 'a'))).toBe(1 + left);
    expect(await insisting(append)).toMatchObject({ success: true, nextExpectedRevision: 1n });
    expect(await sizeOf(client, 'a')).toBe(2);
  });
});

describe('a subscription whose connection broke', () => {
  test('ends with an error, and goes on from its position when it is opened again', async () => {
    const { simulator, client } = await givenSimulator();
    const { position } = await client.appendToStream('a', counted(1), { expectedRevision: NO_STREAM });
    const subscription = client.subscribeToAll();
    await once(subscription, 'caughtUp');
    const failed = once(subscription, 'error');
    await simulator.inflict({ fault: 'drop-connections' });
    expect((await failed)[0]).toEqual(typed('unavailable'));
    await insisting(() => client.appendToStream('a', counted(2), { expectedRevision: 0n }));
    const [next] = (await once(client.subscribeToAll({ fromPosition: position! }), 'data')) as [{ event: unknown }];
    expect(next.event).toMatchObject({ streamId: 'a', revision: 1n });
  });
});

describe('a node that is not available', () => {
  test('ends what is open, refuses what comes, and takes calls again when it is back', async () => {
    const { simulator, client } = await givenSimulator();
    await client.appendToStream('a', counted(1), { expectedRevision: NO_STREAM });
    const subscription = client.subscribeToAll();
    await once(subscription, 'caughtUp');
    const failed = once(subscription, 'error');
    await simulator.inflict({ fault: 'unavailable', on: true });
    expect((await failed)[0]).toEqual(typed('unavailable'));
    await expect(client.appendToStream('a', counted(2), { expectedRevision: 0n })).rejects.toMatchObject({ code: 14 });
    await expect(allOf(client.readStream('a'))).rejects.toEqual(typed('unavailable'));
    await simulator.inflict({ fault: 'unavailable', on: false });
    const append = () => client.appendToStream('a', counted(2), { expectedRevision: 0n });
    expect(await insisting(append)).toMatchObject({ nextExpectedRevision: 1n });
  });
});

describe('a node that does not lead', () => {
  test('tells those who require the leader where it is, and the client goes there', async () => {
    const { simulator: leader } = await givenSimulator();
    const { simulator, client } = await givenSimulator();
    await simulator.inflict({ fault: 'not-leader', leader: { host: '127.0.0.1', port: leader.port } });
    const append = (requiresLeader: boolean, stream: string) =>
      client.appendToStream(stream, counted(1), { expectedRevision: NO_STREAM, requiresLeader });
    await expect(append(true, 'a')).rejects.toMatchObject({
      type: 'not-leader',
      leader: { address: '127.0.0.1', port: leader.port },
    });
    await append(true, 'a');
    const direct = EventStoreDBClient.connectionString(leader.url);
    expect(await sizeOf(direct, 'a')).toBe(1);
  });

  test('goes on taking what does not require the leader', async () => {
    const { simulator, client } = await givenSimulator();
    await simulator.inflict({ fault: 'not-leader', leader: { host: '127.0.0.1', port: 1 } });
    expect(await client.appendToStream('a', counted(1))).toMatchObject({ success: true });
  });

  test('is passed over by a client that looks for the leader of a cluster', async () => {
    const { simulator: leader } = await givenSimulator();
    const { simulator } = await givenSimulator();
    await simulator.inflict({ fault: 'not-leader', leader: { host: '127.0.0.1', port: leader.port } });
    const cluster = EventStoreDBClient.connectionString(`esdb+discover://127.0.0.1:${simulator.port}?tls=false`);
    await cluster.appendToStream('a', counted(1), { expectedRevision: NO_STREAM });
    const direct = EventStoreDBClient.connectionString(leader.url);
    expect(await sizeOf(direct, 'a')).toBe(1);
  });
});

describe('answers that come late', () => {
  test('leave the outcome unknown once the deadline has passed: it was stored', async () => {
    const { simulator, client } = await givenSimulator();
    await simulator.inflict({ fault: 'delay-answers', delayMs: 60_000 });
    const late = client.appendToStream('a', counted(1), { expectedRevision: NO_STREAM, deadline: 100 });
    await expect(late).rejects.toEqual(typed('deadline-exceeded'));
    await simulator.inflict({ fault: 'delay-answers', delayMs: 0 });
    expect(await sizeOf(client, 'a')).toBe(1);
  });
});

describe('events of the system', () => {
  test('come into the log on demand, and every so many others', async () => {
    const { simulator, client } = await givenSimulator({ statsEvery: 2 });
    await simulator.inflict({ fault: 'system-events', count: 1 });
    for (const n of [1, 2, 3]) await client.appendToStream('a', counted(n));
    const streams = (await allOf(client.readAll())).map(({ event }) => event?.streamId);
    const stats = '$stats-127.0.0.1:2113';
    expect(streams).toEqual(['$$$scavenges', stats, 'a', 'a', stats, 'a']);
  });
});
