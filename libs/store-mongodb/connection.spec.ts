import { once } from 'node:events';
import { connect as netConnect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { eventually } from '#eventing/contracts/view-specs-given.js';
import { StoreUnavailable } from '#eventing/event-store.js';
import { freePort, type TestServer } from '../../test/servers/test-server.js';
import { ownMongodbServer, whereMongodb, whereOwnMongodb } from '../../test/servers/mongodb.js';
import { connect, databaseName, type Asked, type Connection } from './connection.js';
import { oneMongodb } from './mongodb.spec-kit.js';
import { openMongodb } from './open-mongodb.js';

/** What the work failed with, and after how many milliseconds. */
const failureOf = async (work: Promise<unknown>): Promise<{ error: unknown; afterMs: number }> => {
  const begun = performance.now();
  try {
    await work;
  } catch (error) {
    return { error, afterMs: performance.now() - begun };
  }
  throw new Error('it did not fail');
};

whereMongodb('a connection to MongoDB', () => {
  const mongodb = oneMongodb();
  const opened: Connection[] = [];
  afterEach(async () => {
    for (const connection of opened.splice(0)) await connection.close();
  });
  const open = async (): Promise<Connection> => {
    const connection = await connect(mongodb.url, { database: mongodb.newDatabase() });
    opened.push(connection);
    return connection;
  };

  it('tells a wrong address in one line, soon, and without the password', async () => {
    const port = await freePort();
    const url = `mongodb://grantrail:open%20sesame@127.0.0.1:${port}/rows?authSource=admin`;
    const { error, afterMs } = await failureOf(openMongodb(url, { serverSelectionMs: 300 }));
    expect(error).toBeInstanceOf(StoreUnavailable);
    const { message } = error as Error;
    expect(message).toBe(`MongoDB at 127.0.0.1:${port}/rows: connect ECONNREFUSED 127.0.0.1:${port}`);
    expect(afterMs).toBeLessThan(2_000);
  });

  it.each([
    'mongo://grantrail:sesame@127.0.0.1/rows',
    'mongodb://grantrail:sesame@',
    'mongodb://grantrail:ses@ame@127.0.0.1/rows',
    'mongodb://grantrail:sesame%@127.0.0.1/rows',
    'mongodb://grantrail:sesame@127.0.0.1/rows?nonsense=sesame',
  ])('tells a URL that is none without repeating it: %s', async (url) => {
    const { error } = await failureOf(connect(url, { serverSelectionMs: 300 }));
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect((error as Error).message).toMatch(/^MongoDB: the URL is not of the form .*$/);
    expect(String((error as Error).stack)).not.toMatch(/sesame|ses@ame/);
    expect((error as Error).cause).toBeUndefined();
  });

  it('works in the database that is asked for, else in the one of the URL, else in grantrail', () => {
    expect(databaseName('mongodb://u:p@one:27017,two:27017/rows?tls=true')).toBe('rows');
    expect(databaseName('mongodb://one/rows', { database: 'others' })).toBe('others');
    expect(databaseName('mongodb+srv://one.example.com/?tls=true')).toBe('grantrail');
    expect(databaseName('mongodb://one')).toBe('grantrail');
  });

  it('is unavailable once closed, and stays closed', async () => {
    const { database, answer, close } = await open();
    await close();
    await close();
    const ping = (): Promise<unknown> => answer(() => database.command({ ping: 1 }));
    await expect(ping()).rejects.toThrow(StoreUnavailable);
    await expect(ping()).rejects.toThrow(/: closed$/);
  });

  it('never repeats what a document holds, and calls what a caller did wrong an error of its own', async () => {
    const { database, answer } = await open();
    const people = database.collection<{ _id: string }>('people');
    const insert = (): Promise<unknown> => answer(() => people.insertOne({ _id: 'Anneliese' }));
    await insert();
    const { error } = await failureOf(insert());
    expect(error).not.toBeInstanceOf(StoreUnavailable);
    expect((error as Error).message).toMatch(/\(11000\)$/);
    expect((error as Error).stack).not.toContain('Anneliese');
  });

  it('passes on what is not the engine’s', async () => {
    const { answer } = await open();
    const mistake = new RangeError('mine');
    await expect(answer(() => Promise.reject(mistake))).rejects.toBe(mistake);
  });
});

/** A way to a port that can fall silent: what is sent then is neither refused nor answered. */
const wayTo = async (port: number) => {
  const pairs: [Socket, Socket][] = [];
  const server = createServer((client) => {
    const engine = netConnect(port, '127.0.0.1');
    pairs.push([client, engine]);
    const end = (): void => void [client, engine].map((socket) => socket.destroy());
    for (const socket of [client, engine]) socket.on('error', end).on('close', end);
    client.pipe(engine).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    /** The first one that came is the driver's own, which it asks for heartbeats. */
    fallSilent: (but: 'nobody' | 'the first' = 'nobody'): void => {
      for (const socket of pairs.slice(but === 'nobody' ? 0 : 1).flat()) socket.unpipe();
    },
    close: () => {
      server.close();
      for (const socket of pairs.flat()) socket.destroy();
    },
  };
};

whereOwnMongodb('a connection to a MongoDB that fails', () => {
  let server: TestServer;
  let way: Awaited<ReturnType<typeof wayTo>>;
  let connection: Connection;
  beforeEach(async () => {
    server = await ownMongodbServer();
    way = await wayTo(Number(new URL(server.url).port));
    const options = { serverSelectionMs: 300, answerWithinMs: 4_000, poolSize: 2 };
    connection = await connect(`mongodb://127.0.0.1:${way.port}`, options);
  }, 20_000);
  afterEach(async () => {
    await connection.close();
    way.close();
    await server.dispose();
  });
  const ping = (withinMs?: number): Promise<unknown> =>
    connection.answer((asked) => connection.database.command({ ping: 1 }, asked), withinMs);
  const answersAgain = async (): Promise<boolean> => {
    try {
      await ping();
      return true;
    } catch (error) {
      if (error instanceof StoreUnavailable) return false;
      throw error;
    }
  };

  it('says soon that the server died, and goes on by itself when it is back', async () => {
    await server.kill();
    const { error, afterMs } = await failureOf(ping());
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(afterMs).toBeLessThan(2_000);
    expect(await answersAgain()).toBe(false);
    await server.start();
    await eventually(answersAgain);
  }, 20_000);

  it('gives up on a server that falls silent within a heartbeat, and goes on by itself when it answers again', async () => {
    way.fallSilent();
    const { error, afterMs } = await failureOf(ping());
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(afterMs).toBeLessThan(3_900);
    await eventually(answersAgain);
  }, 20_000);

  it('gives up what it waits for once the server is gone, however long it would have waited', async () => {
    const never = ({ signal }: Asked): Promise<never> =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('ended'))));
    const waiting = failureOf(connection.answer(never, 900_000));
    await server.kill();
    const { error } = await waiting;
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect((error as Error).message).toMatch(/: the connection broke while an answer was waited for$/);
  }, 20_000);

  it('gives up an answer that does not come, and the connection with it', async () => {
    const { database, answer } = connection;
    const rows = database.collection<{ _id: number }>('rows');
    const works = [
      () => ping(200),
      () => answer((asked) => rows.find({}, asked).toArray(), 200),
      () => answer((asked) => rows.insertOne({ _id: 1 }, asked), 200),
      () => answer((asked) => rows.insertMany([{ _id: 2 }], { ordered: false, ...asked }), 200),
      () => answer((asked) => rows.updateOne({ _id: 1 }, { $unset: { a: '' } }, asked), 200),
      () => answer((asked) => rows.bulkWrite([{ deleteOne: { filter: { _id: 1 } } }], asked), 200),
    ];
    for (const work of works) {
      await ping();
      way.fallSilent('the first');
      const { error, afterMs } = await failureOf(work());
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect((error as Error).message).toMatch(/: no answer within 200 ms$/);
      expect(afterMs).toBeLessThan(1_500);
    }
    await ping();
  }, 20_000);
});
