import { describe, expect, it } from '@jest/globals';
import { eventStoreContract } from '../contracts/event-store.contract.js';
import { newEvent } from '../contracts/event-store-given.contract.js';
import { inMemoryEventStore, inMemoryLog } from './event-store.js';

eventStoreContract('in memory', () => {
  const log = inMemoryLog();
  let store = inMemoryEventStore({ log });
  return Promise.resolve({
    store,
    reopen: async () => {
      await store.close();
      store = inMemoryEventStore({ log });
      return store;
    },
    dispose: () => store.close(),
  });
});

describe('the in-memory event store', () => {
  it('records times that never decrease in the order of the log', async () => {
    const times = ['2026-01-02T00:00:00.000Z', '2026-01-01T00:00:00.000Z', '2026-01-03T00:00:00.000Z'];
    const log = inMemoryLog();
    const store = inMemoryEventStore({ log, clock: () => new Date(times.shift() ?? 0) });
    await store.append('account-1', 'no-stream', [newEvent()]);
    await store.append('account-2', 'no-stream', [newEvent()]);
    await store.append('account-3', 'no-stream', [newEvent()]);
    expect(log.events.map(({ recordedAt }) => recordedAt)).toEqual([
      '2026-01-02T00:00:00.000Z',
      '2026-01-02T00:00:00.000Z',
      '2026-01-03T00:00:00.000Z',
    ]);
  });
});
