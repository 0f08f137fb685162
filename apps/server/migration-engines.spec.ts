import { afterAll, beforeAll } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrationContract } from '#eventing/contracts/migration.contract.js';
import type { OpenEngines } from '#eventing/contracts/migration-given.contract.js';
import type { EventStore, RecordedEvent } from '#eventing/event-store.js';
import type { Stores } from '#eventing/migration/migrate.js';
import { eventStoreDb } from '#store-eventstoredb/event-store.js';
import { oneMongodb } from '#store-mongodb/mongodb.spec-kit.js';
import { openMongodb } from '#store-mongodb/open-mongodb.js';
import { eventstoredbServer, whereEventstoredb } from '../../test/servers/eventstoredb.js';
import { whereMongodb } from '../../test/servers/mongodb.js';
import type { TestServer } from '../../test/servers/test-server.js';
import { openEmbedded } from './engines.js';

/** Stores that are empty, and how to let go of them. */
type Opened = Stores & { readonly close: () => Promise<void> };

const inFolder = async (): Promise<Opened> => {
  const folder = mkdtempSync(join(tmpdir(), 'grantrail-migration-'));
  const engines = await openEmbedded(folder);
  return {
    ...engines,
    close: async () => {
      await engines.close();
      await rm(folder, { recursive: true });
    },
  };
};

const between =
  (openSource: () => Promise<Opened>, openTarget: () => Promise<Opened>): OpenEngines =>
  async () => {
    const opened = [await openSource(), await openTarget()] as const;
    const others: Opened[] = [];
    const given = {
      source: opened[0] as Stores,
      target: opened[1] as Stores,
      another: async () => {
        const other = await openTarget();
        others.push(other);
        given.target = other;
      },
      close: async () => {
        for (const stores of [...opened, ...others]) await stores.close();
      },
    };
    return given;
  };

/** A log of its own on a server that others use, too: its streams are those with the prefix. */
const ownPart = (log: EventStore, prefix: string): EventStore => {
  const own = (event: RecordedEvent): RecordedEvent => ({ ...event, stream: event.stream.slice(prefix.length + 1) });
  return {
    ...log,
    append: (stream, ...rest) => log.append(`${prefix}-${stream}`, ...rest),
    readStream: async function* (stream, from) {
      for await (const event of log.readStream(`${prefix}-${stream}`, from)) yield own(event);
    },
    follow: async function* (options) {
      for await (const batch of log.follow(options)) yield { ...batch, events: batch.events.map(own) };
    },
  };
};

migrationContract('from SQLite to SQLite', between(inFolder, inFolder), { killEvery: 3 });

whereEventstoredb('with an event store on a server', () => {
  whereMongodb('and views and vault on another', () => {
    const mongodb = oneMongodb();
    let eventstoredb: TestServer;
    beforeAll(async () => {
      eventstoredb = await eventstoredbServer();
    }, 60_000);
    afterAll(() => eventstoredb.dispose());

    const onServers = async (): Promise<Opened> => {
      const prefix = `part${randomBytes(6).toString('hex')}`;
      const store = eventStoreDb({ connectionString: eventstoredb.url, categories: [prefix] });
      const log = ownPart(store, prefix);
      const { views, vault, close } = await openMongodb(mongodb.url, {
        database: mongodb.newDatabase(),
        vault: { database: mongodb.newDatabase() },
      });
      return { log, views, vault, close: () => Promise.all([log.close(), close()]).then(() => undefined) };
    };

    migrationContract('from SQLite to servers', between(inFolder, onServers), { killEvery: 9 });
    migrationContract('from servers to SQLite', between(onServers, inFolder), { killEvery: 9 });
  });
});
