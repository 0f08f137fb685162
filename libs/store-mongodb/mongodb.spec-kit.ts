import { afterAll, beforeAll } from '@jest/globals';
import { randomId } from '#eventing/ids.js';
import { mongodbServer } from '../../test/servers/mongodb.js';
import type { TestServer } from '../../test/servers/test-server.js';
import { connect } from './connection.js';

const dropDatabase = async (url: string, database: string): Promise<void> => {
  const connection = await connect(url, { database });
  await connection.database.dropDatabase();
  await connection.close();
};

/** The server of a spec file, started before its first test. */
export const oneMongodb = () => {
  let server: TestServer | undefined;
  const databases: string[] = [];
  const running = (): TestServer => {
    if (server === undefined) throw new Error('no server is running');
    return server;
  };
  beforeAll(async () => {
    server = await mongodbServer();
  }, 60_000);
  afterAll(async () => {
    try {
      for (const database of databases) await dropDatabase(running().url, database);
    } finally {
      await server?.dispose();
    }
  });
  return {
    get url() {
      return running().url;
    },
    get server() {
      return running();
    },
    /** The name of a database that nothing else uses; dropped in the end, with its vault. */
    newDatabase: (): string => {
      const name = randomId('spec');
      // In this order: the server of the specs drops whatever begins with the name.
      databases.push(`${name}-vault`, name);
      return name;
    },
  };
};
