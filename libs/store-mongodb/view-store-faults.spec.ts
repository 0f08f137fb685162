import { expect, it } from '@jest/globals';
import { busyHistory, joined, membersView, quickly, readingOf } from '#eventing/contracts/view-specs-given.js';
import { digestOf } from '#eventing/digest.js';
import { StoreUnavailable } from '#eventing/event-store.js';
import { inMemoryEventStore } from '#eventing/in-memory/event-store.js';
import { ViewRunner } from '#eventing/view-runner.js';
import type { Generation, ViewStore } from '#eventing/view-store.js';
import { ownMongodbServer, whereOwnMongodb } from '../../test/servers/mongodb.js';
import type { TestServer } from '../../test/servers/test-server.js';
import { mongodbViewStore } from './view-store.js';

const kills = 6;
const patience = { timeoutMs: 20_000 };

whereOwnMongodb('views in a MongoDB that is killed', () => {
  const withServer = async (use: (server: TestServer, store: ViewStore) => Promise<void>): Promise<void> => {
    const server = await ownMongodbServer();
    const store = await mongodbViewStore(server.url, { answerWithinMs: 2_000 });
    try {
      await use(server, store);
    } finally {
      await store.close();
      await server.dispose();
    }
  };

  it(
    'go on by themselves, with all rows of every event and none twice',
    () =>
      withServer(async (server, store) => {
        const log = inMemoryEventStore();
        const view = membersView();
        const runnerOf = (generation: Generation, of: ViewStore): ViewRunner =>
          new ViewRunner({ view, generation, log, store: of, reading: readingOf(), backoff: quickly, batchSize: 5 });
        const generation = await store.create(view.name, view.version, view);
        const runner = runnerOf(generation, store);
        runner.start();
        for (let kill = 0; kill < kills; kill += 1) {
          const before = await log.head();
          const writing = busyHistory(log);
          expect(await runner.waitFor(before + BigInt(3 + 5 * kill), patience)).toBe(true);
          await server.kill();
          await writing;
          await joined(log, `usr_meanwhile_${kill}`);
          await server.start();
        }
        expect(await runner.waitFor(await log.head(), patience)).toBe(true);
        await runner.stop();

        const undisturbed = await store.create(view.name, view.version, view);
        const other = runnerOf(undisturbed, store);
        other.start();
        expect(await other.waitFor(await log.head(), patience)).toBe(true);
        await other.stop();
        const head = await log.head();
        expect(await digestOf(store.scan(generation), head)).toBe(await digestOf(store.scan(undisturbed), head));
      }),
    120_000,
  );

  it(
    'have every write that was acknowledged',
    () =>
      withServer(async (server, store) => {
        const generation = await store.create('people', 1, { columns: {}, indexes: [] });
        const acknowledged: string[] = [];
        let isOver = false;
        const writing = Array.from({ length: 4 }, async (_, writer) => {
          for (let n = 0; !isOver; n += 1) {
            const key = `k${writer}-${n}`;
            const row = { change: 'open', key, from: 1n, by: 'evt_1', body: {}, columns: {}, words: [] } as const;
            try {
              await store.write(generation, [row]);
              acknowledged.push(key);
            } catch (error) {
              if (!(error instanceof StoreUnavailable)) throw error;
              n -= 1;
            }
          }
        });
        for (let kill = 0; kill < 3; kill += 1) {
          const before = acknowledged.length;
          while (acknowledged.length < before + 40) await new Promise(setImmediate);
          await server.kill();
          await server.start();
        }
        isOver = true;
        await Promise.all(writing);
        await server.kill();
        await server.start();
        const found = await store.get(generation, acknowledged, 1n);
        expect(acknowledged.filter((key) => !found.has(key))).toEqual([]);
      }),
    120_000,
  );
});
