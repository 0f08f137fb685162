import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import {
  eventsOf,
  idsOf,
  newEvent,
  newEvents,
  newStream,
  patienceMs,
  watch,
} from '#eventing/contracts/event-store-given.contract.js';
import { appendUntilKnown } from '#eventing/append-until-known.js';
import { OutcomeUnknown, StoreUnavailable, type EventStore, type NewEvent } from '#eventing/event-store.js';
import { eventstoredbSimulator, type SimulatorServer } from '../../test/servers/simulator-server.js';
import { eventStoreDb, type EventStoreDb } from './event-store.js';

const opened: EventStoreDb[] = [];
const storeOn = (connectionString: string, deadlineMs = 5_000): EventStoreDb => {
  const store = eventStoreDb({ connectionString, categories: ['account'], deadlineMs });
  opened.push(store);
  return store;
};
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

describe('EventStoreDB when calls fail', () => {
  let server: SimulatorServer;
  let store: EventStoreDb;
  beforeEach(async () => {
    server = await eventstoredbSimulator();
    store = storeOn(server.url);
  });
  afterEach(() => server.dispose());

  it.each([
    ['before', 'drop-before-commit', 1],
    ['after', 'drop-after-commit', 3],
  ] as const)(
    'does not know the outcome when the connection breaks %s the commit, until it is repeated',
    async (_, fault, found) => {
      const stream = newStream();
      await store.append(stream, 'no-stream', newEvents(1));
      const events = newEvents(2);
      await server.inflict({ fault, appends: 1 });
      await expect(store.append(stream, 0n, events)).rejects.toThrow(OutcomeUnknown);
      expect(await eventsOf(store, stream)).toHaveLength(found);
      expect(await store.append(stream, 0n, events)).toMatchObject({ revision: 2n });
      expect(idsOf(await eventsOf(store, stream)).slice(1)).toEqual(idsOf(events));
    },
  );

  it('breaks other appends of the connection without mixing up their answers', async () => {
    await server.inflict({ fault: 'drop-after-commit', appends: 3 });
    const appends = Array.from({ length: 200 }, () => ({
      stream: newStream(),
      expected: 'no-stream' as const,
      events: newEvents(2),
    }));
    const answers = await Promise.all(appends.map((append) => appendUntilKnown(store, append, patienceMs)));
    for (const [index, { stream, events }] of appends.entries()) {
      const found = await eventsOf(store, stream);
      expect(idsOf(found)).toEqual(idsOf(events));
      expect(found.at(-1)).toMatchObject(answers[index] ?? {});
    }
  });

  it('does not know the outcome when the deadline passes, and does not wait longer', async () => {
    const hasty = storeOn(server.url, 300);
    const stream = newStream();
    await hasty.append(stream, 'no-stream', newEvents(1));
    const events = newEvents(1);
    await server.inflict({ fault: 'delay-answers', delayMs: 60_000 });
    const started = Date.now();
    await expect(hasty.append(stream, 0n, events)).rejects.toThrow(OutcomeUnknown);
    expect(Date.now() - started).toBeLessThan(3_000);
    await server.inflict({ fault: 'delay-answers', delayMs: 0 });
    const append = { stream, expected: 0n, events };
    expect(await appendUntilKnown(hasty, append, patienceMs)).toMatchObject({ revision: 1n });
    expect(await eventsOf(hasty, stream)).toHaveLength(2);
  });

  it('reads from the leader that the node names', async () => {
    const leader = await eventstoredbSimulator();
    try {
      const stream = newStream();
      const { position } = await storeOn(leader.url).append(stream, 'no-stream', newEvents(2));
      const port = Number(/:(\d+)\?/.exec(leader.url)?.[1]);
      await server.inflict({ fault: 'not-leader', leader: { host: '127.0.0.1', port } });
      expect(await eventsOf(store, stream)).toHaveLength(2);
      expect(await store.head()).toBe(position);
    } finally {
      await leader.dispose();
    }
  });

  it('says that it is unavailable while the leader names no other, and recovers', async () => {
    const stream = newStream();
    await store.append(stream, 'no-stream', newEvents(1));
    const port = Number(/:(\d+)\?/.exec(server.url)?.[1]);
    await server.inflict({ fault: 'not-leader', leader: { host: '127.0.0.1', port } });
    await expect(eventsOf(store, stream)).rejects.toThrow(StoreUnavailable);
    await server.inflict({ fault: 'not-leader', leader: null });
    expect(await eventsOf(store, stream)).toHaveLength(1);
  });

  it('is unavailable while the server is, follows on with a word that it is not live, and recovers by itself', async () => {
    const after = await store.head();
    const stream = newStream();
    const follower = watch(store, [stream], { after });
    await follower.until(() => follower.batches.at(-1)?.live === true);
    await server.inflict({ fault: 'unavailable', on: true });
    await follower.until(() => follower.batches.at(-1)?.live === false);
    const failed = {
      name: 'StoreUnavailable',
      message: expect.stringMatching(/^EventStoreDB at 127\.0\.0\.1:\d+ can't be used: .+$/),
    };
    await expect(store.append(stream, 'no-stream', newEvents(1))).rejects.toMatchObject(failed);
    await expect(eventsOf(store, stream)).rejects.toMatchObject(failed);
    await expect(store.head()).rejects.toMatchObject(failed);
    await expect(store.ready()).rejects.toMatchObject(failed);
    await server.inflict({ fault: 'unavailable', on: false });
    await store.append(stream, 'no-stream', newEvents(2));
    await follower.until(() => follower.events().length === 2 && follower.batches.at(-1)?.live === true);
    await follower.stop();
  });

  it('writes nothing while nobody listens, and again once somebody does', async () => {
    const stream = newStream();
    await store.append(stream, 'no-stream', newEvents(1));
    await server.kill();
    const append = { stream, expected: 0n, events: newEvents(1) };
    // The end of the connection may be noticed by the first append only.
    await expect(store.append(stream, append.expected, append.events)).rejects.toThrow();
    await expect(store.append(stream, append.expected, append.events)).rejects.toThrow(StoreUnavailable);
    await expect(eventsOf(store, stream)).rejects.toThrow(/ECONNREFUSED/);
    await server.start();
    expect(await store.append(stream, append.expected, append.events)).toMatchObject({ revision: 1n });
  });

  it('takes no more than it may keep while the server answers nothing', async () => {
    await server.inflict({ fault: 'delay-answers', delayMs: 60_000 });
    const hasty = storeOn(server.url, 1_000);
    const text = 'x'.repeat(400_000);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 400 }, () => hasty.append(newStream(), 'no-stream', [newEvent({ text })])),
    );
    const names = outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as Error).name : 'kept'));
    expect(names.slice(-1)).toEqual(['StoreUnavailable']);
    expect(names.filter((name) => name === 'StoreUnavailable').length).toBeGreaterThan(200);
    expect(names).not.toContain('kept');
  });

  it('says that a stream was tombstoned, and goes on with the others', async () => {
    const { EventStoreDBClient } = await import('@eventstore/db-client');
    const tool = EventStoreDBClient.connectionString(server.url);
    const [gone, kept] = [newStream(), newStream()];
    await store.append(gone, 'no-stream', newEvents(1));
    const { position } = await store.append(kept, 'no-stream', newEvents(1));
    await tool.tombstoneStream(gone);
    await expect(store.append(gone, 0n, newEvents(1))).rejects.toMatchObject({
      name: 'StreamTombstoned',
      stream: gone,
    });
    // The mark at its end is the server's, not an event of ours.
    expect(await store.head()).toBe(position);
    const follower = watch(store, [gone, kept], { after: 0n });
    await follower.until(() => follower.batches.at(-1)?.live === true);
    expect(follower.batches.at(-1)?.position).toBeGreaterThanOrEqual(position);
    expect(follower.events().map(({ type }) => type)).not.toContain('$streamDeleted');
    await follower.stop();
    await tool.dispose();
  });

  it('reads a stream that was deleted as missing', async () => {
    const { EventStoreDBClient } = await import('@eventstore/db-client');
    const tool = EventStoreDBClient.connectionString(server.url);
    const stream = newStream();
    await store.append(stream, 'no-stream', newEvents(1));
    await tool.deleteStream(stream);
    expect(await eventsOf(store, stream)).toEqual([]);
    await tool.dispose();
  });

  it('shows what another program wrote to a stream of ours', async () => {
    const { EventStoreDBClient, binaryEvent } = await import('@eventstore/db-client');
    const tool = EventStoreDBClient.connectionString(server.url);
    const stream = newStream();
    await tool.appendToStream(stream, binaryEvent({ type: 'Odd', data: Buffer.from('not JSON') }));
    const failed = {
      name: 'ForeignEvent',
      message: `${stream} at revision 0 holds no JSON object: another program wrote it`,
    };
    await expect(eventsOf(store, stream)).rejects.toMatchObject(failed);
    await expect(watch(store, [stream], { after: 0n }).ended).rejects.toMatchObject(failed);
    await tool.dispose();
  });
});

/** Appends two events at a time, repeating what has no outcome, until told to stop. */
const writing = (
  store: EventStore,
  streams: readonly string[],
): { readonly stop: () => Promise<Map<string, NewEvent[]>> } => {
  const written = new Map<string, NewEvent[]>(streams.map((stream) => [stream, []]));
  let isOver = false;
  const write = async (stream: string, events: NewEvent[]): Promise<void> => {
    while (!isOver) {
      const next = newEvents(2);
      const expected = events.length === 0 ? 'no-stream' : BigInt(events.length - 1);
      for (let isKnown = false; !isKnown;) {
        try {
          await appendUntilKnown(store, { stream, expected, events: next }, 2_000);
          isKnown = true;
        } catch (error) {
          if (!(error instanceof StoreUnavailable || error instanceof OutcomeUnknown)) throw error;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }
      events.push(...next);
    }
  };
  const all = Promise.all([...written].map(([stream, events]) => write(stream, events)));
  return {
    stop: async () => {
      isOver = true;
      await all;
      return written;
    },
  };
};

describe('EventStoreDB when it is killed', () => {
  it(
    'loses nothing and doubles nothing, for writers and followers',
    async () => {
      const server = await eventstoredbSimulator({ statsEvery: 7 });
      try {
        const store = storeOn(server.url);
        const streams = Array.from({ length: 64 }, newStream);
        const follower = watch(store, streams, { after: 0n, batchSize: 50 });
        const writers = writing(store, streams);
        for (let round = 1; round <= 4; round += 1) {
          const seen = follower.events().length;
          await follower.until(() => follower.events().length > seen + 300);
          await server.kill();
          await server.start();
        }
        const written = await writers.stop();
        const count = [...written.values()].reduce((sum, events) => sum + events.length, 0);
        await follower.until(() => follower.events().length >= count && follower.batches.at(-1)?.live === true);
        await follower.stop();
        for (const [stream, events] of written) {
          const found = await eventsOf(store, stream);
          expect(idsOf(found)).toEqual(idsOf(events));
          expect(follower.events().filter((event) => event.stream === stream)).toEqual(found);
        }
        const positions = follower.events().map(({ position }) => position);
        expect(positions).toEqual(positions.toSorted((one, two) => (one < two ? -1 : 1)));
      } finally {
        await server.dispose();
      }
    },
    2 * patienceMs,
  );
});

describe('EventStoreDB when it is not there', () => {
  let other: Server | undefined;
  const sockets = new Set<Socket>();
  afterEach(() => {
    other?.close();
    for (const socket of sockets) socket.destroy();
  });
  const listening = async (server: Server): Promise<string> => {
    other = server.listen(0, '127.0.0.1');
    server.on('connection', (socket) => sockets.add(socket));
    await once(server, 'listening');
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const ready = (address: string): Promise<void> => storeOn(`esdb://root:secret@${address}?tls=false`, 500).ready();
  const oneLine = (address: string): RegExp => new RegExp(`^EventStoreDB at ${address} can't be used: (?!.*secret).+$`);

  it('says in one line that nobody listens', async () => {
    const address = await listening(createServer());
    other?.close();
    await expect(ready(address)).rejects.toThrow(StoreUnavailable);
    await expect(ready(address)).rejects.toThrow(oneLine(address));
    await expect(ready(address)).rejects.toThrow(/ECONNREFUSED/);
  });

  it('says in one line that something else listens', async () => {
    const address = await listening(createServer((socket) => socket.end('-ERR unknown command\r\n')));
    await expect(ready(address)).rejects.toThrow(oneLine(address));
  });

  it('says in one line that nobody answers, for a cluster too', async () => {
    const address = await listening(createServer((socket) => socket.on('error', () => undefined)));
    await expect(ready(address)).rejects.toThrow(oneLine(address));
    const cluster = `${address},${address}`;
    await expect(ready(cluster)).rejects.toThrow(oneLine(cluster));
    await expect(ready(cluster)).rejects.toThrow(/no answer within 500 ms/);
  });

  it('answers all that waits, and closes, in about the time of one deadline', async () => {
    const address = await listening(createServer((socket) => socket.on('error', () => undefined)));
    const store = storeOn(`esdb://${address}?tls=false`, 500);
    const [one, others] = [newStream(), Array.from({ length: 50 }, newStream)];
    const started = Date.now();
    const outcomes = Promise.allSettled([
      ...others.map((stream) => store.append(stream, 'no-stream', newEvents(1))),
      ...others.map((_, index) => store.append(one, BigInt(index), newEvents(1))),
      eventsOf(store, one),
      store.head(),
    ]);
    const follower = watch(store, [], { after: 0n });
    await store.close();
    await follower.ended;
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'StoreUnavailable' } });
    }
    expect(Date.now() - started).toBeLessThan(3_000);
  });

  it('says in one line that a certificate is not there', () => {
    const open = (): unknown => storeOn('esdb://root:secret@localhost?tlsCAFile=%2Fnowhere.pem');
    expect(open).toThrow(StoreUnavailable);
    expect(open).toThrow(oneLine('localhost'));
  });
});
