import { migrationContract } from '../contracts/migration.contract.js';
import { inMemoryEventStore } from '../in-memory/event-store.js';
import { inMemoryVault } from '../in-memory/vault.js';
import { inMemoryViewStore } from '../in-memory/view-store.js';
import type { Stores } from './migrate.js';

const inMemory = (): Stores => ({ log: inMemoryEventStore(), vault: inMemoryVault(), views: inMemoryViewStore() });

migrationContract('in memory', () => {
  const given = {
    source: inMemory(),
    target: inMemory(),
    another: () => {
      given.target = inMemory();
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  return Promise.resolve(given);
});
