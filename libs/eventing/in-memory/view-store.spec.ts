import { viewStoreContract } from '../contracts/view-store.contract.js';
import { inMemoryViewStore } from './view-store.js';

viewStoreContract('in memory', () => {
  const store = inMemoryViewStore();
  return Promise.resolve({ store, reopen: () => Promise.resolve(store), dispose: () => store.close() });
});
