import { describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from '../event-store.js';
import { generationName, startCheckpoint, type Generation, type ParkedEvent, type ViewStore } from '../view-store.js';
import {
  ascending,
  eachOpens,
  keysOf,
  log,
  opens,
  people,
  scanned,
  version,
  type OpenViewStore,
} from './view-store-given.contract.js';

const checkpointAt = (position: bigint) => ({ position, recordedAt: `2026-01-01T00:00:00.00${position}Z` });
const parkedEvent = (position: bigint): ParkedEvent => {
  return { stream: 'account-acc_1', position, eventId: `evt_${position}`, type: 'AccountOpened', error: 'it broke' };
};

/** A live generation with a row, a checkpoint and a parked event. */
const liveGeneration = async (store: ViewStore): Promise<Generation> => {
  const building = await store.create('people', 1, people);
  await store.write(building, [opens('ann', 1n, { accountId: 'a', name: 'ann lee' })]);
  await store.advance(generationName(building), startCheckpoint, checkpointAt(1n));
  await store.park(building, parkedEvent(1n));
  await store.index(building);
  return store.promote(building);
};

export const generationsContract = (open: OpenViewStore): void => {
  describe('generations', () => {
    const test = eachOpens(open);

    it('starts without any', async () => {
      expect(await test.store.generations('people')).toEqual([]);
    });

    it('creates building ones with ascending numbers, for each view its own', async () => {
      const first = await test.store.create('people', 3, people);
      const second = await test.store.create('people', 4, people);
      const other = await test.store.create('log', 1, log);
      expect(first).toEqual({ view: 'people', number: 1, version: 3, state: 'building' });
      expect(second).toEqual({ view: 'people', number: 2, version: 4, state: 'building' });
      expect(other).toEqual({ view: 'log', number: 1, version: 1, state: 'building' });
      expect(await test.store.generations('people')).toEqual([first, second]);
    });

    it('never uses a number again', async () => {
      const first = await test.store.create('people', 1, people);
      await test.store.drop(first);
      const reopened = await test.reopen();
      expect((await reopened.create('people', 1, people)).number).toBe(2);
    });

    it('answers queries before its indexes are made and after, however often that is asked', async () => {
      const building = await test.store.create('people', 1, people);
      await test.store.write(building, [opens('ann', 1n, { accountId: 'a', name: 'ann' }), opens('bob', 2n)]);
      const query = { asOf: 2n, where: [{ column: 'accountId', in: ['a'] }], order: ascending('name'), limit: 9 };
      const before = await test.store.list(building, query);
      await test.store.index(building);
      await test.store.index(building);
      expect(before.map(({ key }) => key)).toEqual(['ann']);
      expect(await test.store.list(building, query)).toEqual(before);
    });

    it('keeps rows, checkpoints and parked events over a restart', async () => {
      const live = await liveGeneration(test.store);
      const reopened = await test.reopen();
      expect(await reopened.generations('people')).toEqual([live]);
      await reopened.open(live, people);
      expect(await scanned(reopened, live)).toEqual([version('ann', 1n, null, { accountId: 'a', name: 'ann lee' })]);
      expect(await reopened.checkpoint(generationName(live))).toEqual(checkpointAt(1n));
      expect(await reopened.parked(live)).toEqual([parkedEvent(1n)]);
      await reopened.write(live, [opens('bob', 2n)]);
      expect(await reopened.advance(generationName(live), checkpointAt(1n), checkpointAt(2n))).toBe(true);
      expect(await keysOf(reopened, live, 2n)).toEqual(['ann', 'bob']);
    });

    it('goes on with a half-built one after a restart', async () => {
      const building = await test.store.create('people', 1, people);
      await test.store.write(building, [opens('ann', 1n)]);
      const reopened = await test.reopen();
      await reopened.open(building, people);
      await reopened.write(building, [opens('bob', 2n)]);
      await reopened.index(building);
      expect(await reopened.promote(building)).toEqual({ ...building, state: 'live' });
      expect(await keysOf(reopened, building, 2n)).toEqual(['ann', 'bob']);
    });

    it('makes the indexes of a live one that are declared later', async () => {
      const live = await liveGeneration(test.store);
      const reopened = await test.reopen();
      await reopened.open(live, { ...people, indexes: [...people.indexes, ['state', 'name']] });
      expect(await keysOf(reopened, live, 1n, [{ column: 'state', in: [null] }], ascending('name'))).toEqual(['ann']);
    });

    it('rebuilds beside the live one without a trace in it', async () => {
      const live = await liveGeneration(test.store);
      const rebuilt = await test.store.create('people', 2, people);
      await test.store.write(rebuilt, [opens('ann', 1n, { name: 'ann of the rebuild' }), opens('cyd', 2n)]);
      await test.store.advance(generationName(rebuilt), startCheckpoint, checkpointAt(2n));
      await test.store.park(rebuilt, parkedEvent(2n));
      await test.store.index(rebuilt);
      expect(await scanned(test.store, live)).toEqual([version('ann', 1n, null, { accountId: 'a', name: 'ann lee' })]);
      expect(await test.store.checkpoint(generationName(live))).toEqual(checkpointAt(1n));
      expect(await test.store.parked(live)).toEqual([parkedEvent(1n)]);
      expect(await test.store.generations('people')).toEqual([live, rebuilt]);
    });

    it('promotes in one step: the new one is live, earlier ones are gone with checkpoint and parked list', async () => {
      const earlier = await liveGeneration(test.store);
      const abandoned = await test.store.create('people', 2, people);
      const rebuilt = await test.store.create('people', 3, people);
      const later = await test.store.create('people', 4, people);
      await test.store.write(rebuilt, [opens('cyd', 1n)]);
      await test.store.advance(generationName(rebuilt), startCheckpoint, checkpointAt(2n));
      await test.store.index(rebuilt);
      const live = await test.store.promote(rebuilt);
      expect(live).toEqual({ ...rebuilt, state: 'live' });
      expect(await test.store.generations('people')).toEqual([live, later]);
      expect(await keysOf(test.store, live, 2n)).toEqual(['cyd']);
      expect(await test.store.checkpoint(generationName(live))).toEqual(checkpointAt(2n));
      expect(await test.store.parked(live)).toEqual([]);
      expect(await test.store.checkpoint(generationName(earlier))).toEqual(startCheckpoint);
      await expect(test.store.promote(abandoned)).rejects.toThrow(StoreUnavailable);
      expect(await test.store.promote(live)).toEqual(live);
    });

    it('keeps one that is never rebuilt: live at first use, the same ever after', async () => {
      const kept = await test.store.keep('sent', log);
      expect(kept).toEqual({ view: 'sent', number: 1, version: 1, state: 'live' });
      expect(await test.store.generations('sent')).toEqual([kept]);
      await test.store.write(kept, [opens('1', 1n)]);
      const reopened = await test.reopen();
      expect(await reopened.keep('sent', log)).toEqual(kept);
      expect(await scanned(reopened, kept)).toEqual([version('1', 1n, null)]);
    });

    it('keeps the same one for all that race to be first', async () => {
      const kept = await Promise.all(Array.from({ length: 8 }, () => test.store.keep('sent', log)));
      expect(new Set(kept.map(({ number }) => number)).size).toBe(1);
      expect(await test.store.generations('sent')).toEqual(kept.slice(0, 1));
    });

    it('tells all live ones with their checkpoints, of every view', async () => {
      expect(await test.store.live()).toEqual([]);
      const live = await liveGeneration(test.store);
      await test.store.create('people', 2, people);
      const kept = await test.store.keep('sent', log);
      const found = [...(await test.store.live())].sort((a, b) => (a.generation.view < b.generation.view ? -1 : 1));
      expect(found).toEqual([
        { generation: live, checkpoint: checkpointAt(1n) },
        { generation: kept, checkpoint: startCheckpoint },
      ]);
    });

    it('refuses to work on one that was dropped, also after a restart', async () => {
      const live = await liveGeneration(test.store);
      await test.store.drop(live);
      await test.store.drop(live);
      expect(await test.store.generations('people')).toEqual([]);
      expect(await test.store.checkpoint(generationName(live))).toEqual(startCheckpoint);
      await expect(keysOf(test.store, live, 1n)).rejects.toThrow(StoreUnavailable);
      await expect(test.store.get(live, ['ann'], 1n)).rejects.toThrow(StoreUnavailable);
      await expect(test.store.write(live, [opens('bob', 2n)])).rejects.toThrow(StoreUnavailable);
      const reopened = await test.reopen();
      await expect(reopened.open(live, people)).rejects.toThrow(StoreUnavailable);
    });
  });

  describe('checkpoints', () => {
    const test = eachOpens(open);

    it('starts at the beginning', async () => {
      expect(await test.store.checkpoint('mails')).toEqual(startCheckpoint);
    });

    it('advances from where it stands, beyond 2^53 too', async () => {
      const far = checkpointAt(9_007_199_254_740_993n);
      expect(await test.store.advance('mails', startCheckpoint, checkpointAt(5n))).toBe(true);
      expect(await test.store.advance('mails', checkpointAt(5n), far)).toBe(true);
      expect(await test.store.checkpoint('mails')).toEqual(far);
      const rounded = checkpointAt(9_007_199_254_740_992n);
      expect(await test.store.advance('mails', rounded, checkpointAt(9_007_199_254_740_999n))).toBe(false);
      expect(await (await test.reopen()).checkpoint('mails')).toEqual(far);
    });

    it('does not advance from anywhere else', async () => {
      expect(await test.store.advance('mails', checkpointAt(3n), checkpointAt(5n))).toBe(false);
      expect(await test.store.checkpoint('mails')).toEqual(startCheckpoint);
      await test.store.advance('mails', startCheckpoint, checkpointAt(5n));
      expect(await test.store.advance('mails', startCheckpoint, checkpointAt(7n))).toBe(false);
      expect(await test.store.checkpoint('mails')).toEqual(checkpointAt(5n));
      expect(await test.store.checkpoint('reports')).toEqual(startCheckpoint);
    });

    it.each([startCheckpoint, checkpointAt(4n)])('lets exactly one of many racing from $position win', async (from) => {
      if (from.position > 0n) await test.store.advance('mails', startCheckpoint, from);
      const goals = [5n, 6n, 7n, 8n, 9n].map(checkpointAt);
      const won = await Promise.all(goals.map((to) => test.store.advance('mails', from, to)));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await test.store.checkpoint('mails')).toEqual(goals[won.indexOf(true)]);
    });
  });

  describe('parked events', () => {
    const test = eachOpens(open);

    it('remembers each once, in log order', async () => {
      const building = await test.store.create('people', 1, people);
      await test.store.park(building, parkedEvent(9_007_199_254_740_993n));
      await test.store.park(building, parkedEvent(3n));
      await test.store.park(building, { ...parkedEvent(3n), error: 'it broke again' });
      expect(await test.store.parked(building)).toEqual([parkedEvent(3n), parkedEvent(9_007_199_254_740_993n)]);
    });
  });
};
