import { afterAll, beforeAll } from '@jest/globals';
import { eventStoreContract } from '#eventing/contracts/event-store.contract.js';
import { eventstoredbServer, whereEventstoredb } from '../../test/servers/eventstoredb.js';
import type { TestServer } from '../../test/servers/test-server.js';
import { eventStoreDb, type EventStoreDb } from './event-store.js';

whereEventstoredb('on a server', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await eventstoredbServer();
  });
  afterAll(() => server.dispose());

  const open = (): EventStoreDb => eventStoreDb({ connectionString: server.url, categories: ['account'] });

  eventStoreContract('EventStoreDB', () => {
    let store = open();
    return Promise.resolve({
      store,
      reopen: async () => {
        await store.close();
        store = open();
        return store;
      },
      dispose: () => store.close(),
    });
  });
});
