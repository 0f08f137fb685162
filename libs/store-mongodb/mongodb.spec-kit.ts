import { afterAll, beforeAll } from '@jest/globals';
import { randomId } from '#eventing/ids.js';
import { mongodbServer } from '../../test/servers/mongodb.js';
import type { TestServer } from '../../test/servers/test-server.js';
import { connect } from './connection.js';

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
    for (const database of databases) {
      const connection = await connect(running().url, { database });
      await connection.database.dropDatabase();
      await connection.close();
    }
    await server?.dispose();
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
      databases.push(name, `${name}-vault`);
      return name;
    },
  };
};
