import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreUnavailable, type RecordedEvent } from '../event-store.js';
import type { BuildProgress } from '../rebuild.js';
import type { View } from '../view.js';
import { ViewReader, type Page } from '../view-reader.js';
import { Views, type ViewsParts } from '../views.js';
import {
  busyHistory,
  eventually,
  joined,
  membersView,
  quickly,
  readingOf,
  record,
  rowsOf,
  type GivenStores,
  type OpenStores,
} from './view-specs-given.js';

/** What a registry of views guarantees on a store: starting, switching, rebuilding, proving. */
export const viewsContract = (kind: string, open: OpenStores): void => {
  describe(`views on ${kind}`, () => {
    let given: GivenStores;
    let started: Views[];

    beforeEach(async () => {
      given = await open();
      started = [];
    });
    afterEach(async () => {
      for (const views of started) await views.stop();
      await given.close();
    });

    const start = async (view: View = membersView(), parts: Partial<ViewsParts> = {}): Promise<Views> => {
      const { log, store } = given;
      const views = new Views({ views: [view], log, store, reading: readingOf(), backoff: quickly, ...parts });
      started.push(views);
      await views.start();
      return views;
    };
    const caughtUp = async (views: Views): Promise<void> => {
      const head = await given.log.head();
      for (const { view } of views.status()) expect(await views.waitFor(view, head, { timeoutMs: 4_000 })).toBe(true);
    };
    const now = new Date();

    it('builds what is missing, then serves it and follows the log', async () => {
      await busyHistory(given.log);
      const views = await start();
      await caughtUp(views);
      await joined(given.log, 'usr_z');
      await caughtUp(views);
      const reader = new ViewReader(views);
      const moment = await reader.moment(['members'], { now });
      expect(moment).toEqual({ position: await given.log.head(), asOf: null });
      expect((await reader.get('members', 'usr_z', moment))?.body).toMatchObject({ team: 'north' });
      expect(views.status()).toMatchObject([
        { view: 'moments', state: 'live' },
        { view: 'members', generation: 1, state: 'live', version: 1, error: null, parked: 0 },
      ]);
      expect(await given.store.generations('members')).toMatchObject([{ number: 1, state: 'live' }]);
    });

    it('drops unfinished builds at the start and goes on with the live one', async () => {
      await busyHistory(given.log);
      const first = await start();
      await caughtUp(first);
      await first.stop();
      await given.store.create('members', 1, membersView());
      await joined(given.log, 'usr_z');
      const views = await start();
      await caughtUp(views);
      expect(await given.store.generations('members')).toMatchObject([{ number: 1, state: 'live' }]);
    });

    it('builds beside and switches when the definition has another version', async () => {
      await joined(given.log, 'usr_a');
      const first = await start();
      await caughtUp(first);
      await first.stop();
      const views = await start(membersView(() => false, 2));
      await caughtUp(views);
      expect(await given.store.generations('members')).toMatchObject([{ number: 2, version: 2, state: 'live' }]);
    });

    it('rebuilds while events arrive and readers read, and never goes back', async () => {
      await busyHistory(given.log);
      const views = await start(membersView(), { batchSize: 3 });
      await caughtUp(views);
      const reader = new ViewReader(views);
      const live = await views.digest('members', 20n);

      const head = await given.log.head();
      const rebuild = new AbortController();
      const isOver = (): boolean => rebuild.signal.aborted;
      const writing = (async () => {
        // No faster than the view goes, or a rebuild on a store behind a network never gets to the head.
        for (let more = 0; !isOver() || more < 5; more += 1)
          await views.waitFor('members', await joined(given.log, `usr_new_${more}`));
      })();
      const reading = (async () => {
        let last = 0n;
        let reads = 0;
        do {
          const moment = await reader.moment(['members'], { now });
          expect(moment.position).toBeGreaterThanOrEqual(last);
          last = moment.position;
          const where = [{ wordStartsWith: 'usr_new_' }];
          // Each of them is one event after the history, so a moment says how many there are.
          const count = await reader.count('members', { moment, where, cap: 100_000 });
          expect(BigInt(count)).toBe(moment.position - head);
          reads += 1;
          await nextTurn();
        } while (!isOver());
        return reads;
      })();
      const progress: BuildProgress[] = [];
      await views.rebuild('members', (at) => progress.push(at));
      rebuild.abort();
      await writing;
      expect(await reading).toBeGreaterThan(1);
      await caughtUp(views);

      expect(await given.store.generations('members')).toMatchObject([{ number: 2, state: 'live' }]);
      expect(await views.digest('members', 20n)).toBe(live);
      expect(progress.length).toBeGreaterThan(1);
      expect(progress.at(-1)?.position).toBeGreaterThanOrEqual(head);
    });

    it('clears the parked list by a rebuild with a fold that was put right', async () => {
      let broken = true;
      const views = await start(membersView(() => broken));
      await joined(given.log, 'usr_a');
      await record(given.log, 'user-usr_a', 'Poison', { userId: 'usr_a' });
      await record(given.log, 'user-usr_a', 'Moved', { userId: 'usr_a', team: 'south' });
      await caughtUp(views);
      expect(await views.parked('members')).toHaveLength(2);
      await expect(views.rebuild('members')).rejects.toMatchObject({ name: 'PoisonEvent', position: 2n });
      expect(await given.store.generations('members')).toMatchObject([{ number: 1, state: 'live' }]);
      await joined(given.log, 'usr_b');
      await caughtUp(views);

      broken = false;
      await views.rebuild('members');
      expect(await views.parked('members')).toEqual([]);
      const reader = new ViewReader(views);
      const moment = await reader.moment(['members'], { now });
      expect((await reader.get('members', 'usr_a', moment))?.body).toMatchObject({ team: 'south', mates: -1 });
      expect(await reader.get('members', 'usr_b', moment)).toBeDefined();
    });

    it('allows one rebuild of a view at a time', async () => {
      const views = await start();
      await caughtUp(views);
      const [first, ...others] = await Promise.allSettled([
        views.rebuild('members'),
        views.rebuild('members'),
        views.verify('members'),
      ]);
      expect(first.status).toBe('fulfilled');
      for (const other of others) expect(other).toMatchObject({ reason: { code: 'rebuild-running' } });
      await views.rebuild('members');
    });

    it('gives up a rebuild when it is stopped, and starts again from the live one', async () => {
      await busyHistory(given.log);
      const first = await start();
      await caughtUp(first);
      const follow: typeof given.log.follow = () => {
        throw new StoreUnavailable('out');
      };
      const second = await start(membersView(), { log: { ...given.log, follow } });
      const rebuilding = second.rebuild('members');
      const outcome = expect(rebuilding).rejects.toBeInstanceOf(StoreUnavailable);
      await eventually(async () => (await given.store.generations('members')).length === 2);
      await second.stop();
      await outcome;
      expect(await given.store.generations('members')).toMatchObject([{ number: 1, state: 'live' }]);
    });

    it('keeps nobody waiting once it has stopped', async () => {
      const views = await start();
      const waiting = views.waitFor('members', 99n);
      await views.stop();
      expect(await waiting).toBe(false);
      expect(await views.waitFor('members', 99n)).toBe(false);
    });

    it('answers cursors that were pinned before a rebuild, at their position, during and after it', async () => {
      for (let n = 0; n < 60; n += 1) await joined(given.log, `usr_${String(n).padStart(2, '0')}`);
      const views = await start(membersView(), { batchSize: 3 });
      await caughtUp(views);
      const reader = new ViewReader(views);
      const order = { column: 'name', descending: false };
      const ofNorth = [{ column: 'team', in: ['north'] }];
      const pinned = await reader.moment(['members'], { now });
      const page = (after: Page['next']): Promise<Page> =>
        reader.page('members', { moment: pinned, where: ofNorth, order, limit: 7, after });
      const pagedThrough = async (): Promise<string[]> => {
        const keys: string[] = [];
        let at = await page(undefined);
        for (; at.next !== undefined; at = await page(at.next)) {
          keys.push(...at.rows.map(({ key }) => key));
          await nextTurn();
        }
        return [...keys, ...at.rows.map(({ key }) => key)];
      };
      const expected = await pagedThrough();
      expect(expected).toHaveLength(60);

      const rebuilding = new AbortController();
      const paging = Array.from({ length: 4 }, async () => {
        let rounds = 0;
        for (; !rebuilding.signal.aborted || rounds < 2; rounds += 1) expect(await pagedThrough()).toEqual(expected);
        return rounds;
      });
      const writing = (async () => {
        for (let n = 0; n < 60; n += 1) {
          const userId = `usr_${String(n).padStart(2, '0')}`;
          await record(given.log, `user-${userId}`, n % 3 === 0 ? 'Left' : 'Moved', { userId, team: 'south' });
        }
      })();
      for (let round = 0; round < 3; round += 1) await views.rebuild('members');
      rebuilding.abort();
      await writing;
      for (const rounds of await Promise.all(paging)) expect(rounds).toBeGreaterThanOrEqual(2);
      expect(await given.store.generations('members')).toMatchObject([{ number: 4, state: 'live' }]);
    });

    it('keeps what is parked over a restart, and folds nothing of those streams meanwhile', async () => {
      const first = await start(membersView(() => true));
      await joined(given.log, 'usr_a');
      await record(given.log, 'user-usr_a', 'Poison', { userId: 'usr_a' });
      await caughtUp(first);
      await first.stop();
      await record(given.log, 'user-usr_a', 'Moved', { userId: 'usr_a', team: 'south' });
      await joined(given.log, 'usr_b');
      const again = await start(membersView(() => true));
      await caughtUp(again);
      expect(await again.parked('members')).toMatchObject([{ position: 2n }, { position: 3n }]);
      const reader = new ViewReader(again);
      const moment = await reader.moment(['members'], { now });
      expect((await reader.get('members', 'usr_a', moment))?.body).toMatchObject({ team: 'north' });
      expect(await reader.get('members', 'usr_b', moment)).toBeDefined();
    });

    it('refuses readers of a view of another version until that is built, and others not at all', async () => {
      await joined(given.log, 'usr_a');
      const first = await start();
      await caughtUp(first);
      await first.stop();
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      const reading = readingOf();
      const open = async (event: RecordedEvent): Promise<RecordedEvent> => (await held, reading.open(event));
      const views = await start(
        membersView(() => false, 2),
        { reading: { ...reading, open } },
      );
      await expect(views.read('members', () => Promise.resolve('rows'))).rejects.toMatchObject({ code: 'view-behind' });
      expect(await views.read('moments', () => Promise.resolve('rows'))).toBe('rows');
      await eventually(async () => (await given.store.generations('members')).length === 2);
      expect(await given.store.generations('members')).toMatchObject([
        { version: 1, state: 'live' },
        { version: 2, state: 'building' },
      ]);
      release();
      await caughtUp(views);
      expect(await views.read('members', () => Promise.resolve('rows'))).toBe('rows');
    });

    it('goes on with the generation that another process switched to', async () => {
      await joined(given.log, 'usr_a');
      const here = await start();
      await caughtUp(here);
      const there = await start();
      await caughtUp(there);
      await there.rebuild('members');
      await joined(given.log, 'usr_b');
      await eventually(() => here.status().some(({ view, generation }) => view === 'members' && generation === 2));
      await caughtUp(here);
      const reader = new ViewReader(here);
      const moment = await reader.moment(['members'], { now });
      expect(await reader.get('members', 'usr_b', moment)).toBeDefined();
    });

    it('proves that what is live equals what the log says', async () => {
      await busyHistory(given.log);
      const views = await start();
      await caughtUp(views);
      const proof = await views.verify('members');
      expect(proof).toMatchObject({ equal: true, position: await given.log.head() });
      expect(proof.live).toBe(proof.rebuilt);
      expect(await given.store.generations('members')).toMatchObject([{ number: 1, state: 'live' }]);
      const position = await joined(given.log, 'usr_z');
      await caughtUp(views);
      const then = await views.digest('members', position);
      await record(given.log, 'user-usr_z', 'Left', { userId: 'usr_z' });
      await caughtUp(views);
      expect(await views.digest('members', position)).toBe(then);
      expect(await views.digest('members')).not.toBe(proof.live);
    });

    it('sees a row that was tampered with', async () => {
      await busyHistory(given.log);
      const views = await start();
      await caughtUp(views);
      const [live] = await given.store.generations('members');
      if (live === undefined) throw new Error('nothing is live');
      const [first] = await rowsOf(given.store, live);
      if (first === undefined) throw new Error('there is no row');
      const body = { ...first.body, team: 'team_9' };
      const columns = { userId: first.key, name: 'x', team: 'team_9' };
      await given.store.write(live, [
        { change: 'rewrite', key: first.key, from: first.from, body, columns, words: [] },
      ]);
      expect(await views.verify('members')).toMatchObject({ equal: false });
    });

    it('brings nobody back in a rebuild whose key is gone', async () => {
      const keysGone = new Set<string>();
      const views = await start(membersView(), { reading: readingOf(keysGone) });
      await joined(given.log, 'usr_a');
      await record(given.log, 'user-usr_a', 'Renamed', { userId: 'usr_a', name: 'Name after the wedding' });
      await caughtUp(views);
      await record(given.log, 'user-usr_a', 'Erased', { userId: 'usr_a' });
      await caughtUp(views);
      keysGone.add('usr_a');
      expect(await views.verify('members')).toMatchObject({ equal: true });
      await views.rebuild('members');
      const [live] = await given.store.generations('members');
      if (live === undefined) throw new Error('nothing is live');
      const names = (await rowsOf(given.store, live)).map(({ body }) => body['name']);
      expect(names).toEqual(['[erased]', '[erased]']);
    });
  });
};
