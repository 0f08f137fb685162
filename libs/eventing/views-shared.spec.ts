import { viewsSharedContract } from './contracts/views-shared.contract.js';
import { inMemoryEventStore } from './in-memory/event-store.js';
import { inMemoryViewStore } from './in-memory/view-store.js';

viewsSharedContract('stores in memory', async () => {
  const log = inMemoryEventStore();
  const store = inMemoryViewStore();
  const close = async (): Promise<void> => {
    await log.close();
    await store.close();
  };
  return Promise.resolve({ log, store, another: () => Promise.resolve(store), close });
});
