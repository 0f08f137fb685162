import { describe, expect, it } from '@jest/globals';
import { joined, membersView, quickly, readingOf } from './contracts/view-specs-given.js';
import type { EventStore } from './event-store.js';
import { inMemoryEventStore } from './in-memory/event-store.js';
import { inMemoryViewStore } from './in-memory/view-store.js';
import { Views } from './views.js';

describe('views whose log was restored from before them', () => {
  it('are built again, so that they skip nothing', async () => {
    const store = inMemoryViewStore();
    const started = async (log: EventStore): Promise<Views> => {
      const views = new Views({ views: [membersView()], log, store, reading: readingOf(), backoff: quickly });
      await views.start();
      return views;
    };
    const keysOf = async (views: Views): Promise<string[]> => {
      const asOf = await views.log.head();
      expect(await views.waitFor('members', asOf, { timeoutMs: 5_000 })).toBe(true);
      const order = { column: 'key', descending: false };
      const rows = await views.read('members', (live) => store.list(live, { asOf, where: [], order, limit: 9 }));
      return rows.map(({ key }) => key);
    };
    const whole = inMemoryEventStore();
    for (const user of ['usr_a', 'usr_b', 'usr_c']) await joined(whole, user);
    const before = await started(whole);
    expect(await keysOf(before)).toEqual(['usr_a', 'usr_b', 'usr_c']);
    await before.stop();

    const restored = inMemoryEventStore();
    await joined(restored, 'usr_a');
    const after = await started(restored);
    await joined(restored, 'usr_x');
    expect(await keysOf(after)).toEqual(['usr_a', 'usr_x']);
    await after.stop();
  });
});
