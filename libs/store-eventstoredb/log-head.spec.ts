import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newEvents, newStream } from '#eventing/contracts/event-store-given.contract.js';
import { eventstoredbSimulator, type SimulatorServer } from '../../test/servers/simulator-server.js';
import { StoreUnavailable } from '#eventing/event-store.js';
import { connectionTo, type Connection, type Link } from './connection.js';
import { eventStoreDb, type EventStoreDb } from './event-store.js';
import { streamOfRecord } from './events.js';
import { logHead } from './log-head.js';

describe('the head of the log in EventStoreDB', () => {
  let server: SimulatorServer;
  let store: EventStoreDb;
  let connection: Connection;
  /** How many events each read of the head asked for. */
  const asked: number[] = [];
  let head: () => Promise<bigint>;

  beforeEach(async () => {
    server = await eventstoredbSimulator();
    store = eventStoreDb({ connectionString: server.url, categories: ['account'] });
    connection = connectionTo(server.url, 5_000);
    const counted = (link: Link): Link => {
      const streams = Object.create(link.streams) as typeof link.streams;
      streams.read = ((...call: Parameters<typeof streams.read>) => {
        asked.push(Number(call[0].getOptions()?.getCount()));
        return link.streams.read(...call);
      }) as typeof streams.read;
      return { ...link, streams };
    };
    const counting = { ...connection, link: async () => counted(await connection.link()) };
    head = logHead(counting, (record) => streamOfRecord(record).startsWith('account-'));
    asked.length = 0;
  });
  afterEach(async () => {
    connection.close();
    await store.close();
    await server.dispose();
  });

  it('is 0 in a log without events of ours', async () => {
    expect(await head()).toBe(0n);
    await server.inflict({ fault: 'system-events', count: 700 });
    expect(await head()).toBe(0n);
  });

  it('is found behind many events of others, which are read once', async () => {
    const { position } = await store.append(newStream(), 'no-stream', newEvents(2));
    await server.inflict({ fault: 'system-events', count: 1_000 });
    expect(await head()).toBe(position);
    expect(asked.splice(0)).toEqual([16, 256, 4_096]);
    expect(await head()).toBe(position);
    await server.inflict({ fault: 'system-events', count: 10 });
    expect(await head()).toBe(position);
    const next = await store.append(newStream(), 'no-stream', newEvents(1));
    expect(await head()).toBe(next.position);
    expect(asked).toEqual([16, 16, 16]);
  });

  it('is shared by those who ask at once, and never older than the question', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => head()));
    expect(new Set(answers)).toEqual(new Set([0n]));
    expect(asked.splice(0)).toHaveLength(1);
    const asking = Array.from({ length: 20 }, async () => {
      for (let turn = 0; turn < 10; turn += 1) {
        const { position } = await store.append(newStream(), 'no-stream', newEvents(1));
        expect(await head()).toBeGreaterThanOrEqual(position);
      }
    });
    await Promise.all(asking);
    expect(asked.length).toBeLessThanOrEqual(200);
  });

  it('is asked for again after a failure', async () => {
    await server.inflict({ fault: 'unavailable', on: true });
    await expect(head()).rejects.toThrow(StoreUnavailable);
    await server.inflict({ fault: 'unavailable', on: false });
    expect(await head()).toBe(0n);
  });
});
