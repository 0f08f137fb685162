import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreUnavailable, type EventStore } from '../event-store.js';
import { inMemoryVault } from '../in-memory/vault.js';
import { ownLeases, type Leases } from '../leases.js';
import { Refusal } from '../refusal.js';
import type { Vault } from '../vault.js';
import { VaultLeases } from '../vault-leases.js';
import type { ViewStore } from '../view-store.js';
import { Views, type ViewsParts } from '../views.js';
import {
  busyHistory,
  eventually,
  joined,
  membersView,
  quickly,
  readingOf,
  record,
  type GivenStores,
} from './view-specs-given.js';

/** Stores that several processes share; `another` opens the rows as another process has them. */
export interface SharedStores extends GivenStores {
  readonly another: () => Promise<ViewStore>;
}

const times = { durationMs: 200, renewMs: 30 };

/** What views guarantee that several processes keep up and read together. */
export const viewsSharedContract = (kind: string, open: () => Promise<SharedStores>): void => {
  describe(`views of several processes on ${kind}`, () => {
    let given: SharedStores;
    let vault: Vault;
    let started: Views[];

    beforeEach(async () => {
      given = await open();
      vault = inMemoryVault();
      started = [];
    });
    afterEach(async () => {
      for (const views of started) await views.stop();
      await given.close();
    });

    const start = async (leases: Leases, parts: Partial<ViewsParts> = {}): Promise<Views> => {
      const { log } = given;
      const store = await given.another();
      const shared = { views: [membersView()], log, store, reading: readingOf(), backoff: quickly };
      const views = new Views({ ...shared, leases, ...parts });
      started.push(views);
      await views.start();
      return views;
    };
    const leasesOf = (owner: string, of = vault): Leases => new VaultLeases(of, owner, times);
    const worker = (owner: string, parts?: Partial<ViewsParts>): Promise<Views> => start(leasesOf(owner), parts);
    const reader = (parts?: Partial<ViewsParts>): Promise<Views> =>
      start(leasesOf('reader'), { keepsUp: false, ...parts });
    const caughtUp = async (...all: readonly Views[]): Promise<void> => {
      const head = await given.log.head();
      for (const views of all) expect(await views.waitFor('members', head, { timeoutMs: 8_000 })).toBe(true);
    };
    /** Also directly after another process has built, which clears up yet. */
    const rebuild = async (views: Views): Promise<void> => {
      await eventually(async () => {
        try {
          await views.rebuild('members');
          return true;
        } catch (error) {
          if (error instanceof Refusal && error.code === 'rebuild-running') return false;
          throw error;
        }
      });
    };
    const rowOf = (views: Views, key: string) =>
      views.read('members', async (live) =>
        (await views.store.get(live, [key], views.checkpoint('members').position)).get(key),
      );

    it('are read by processes that keep none up', async () => {
      const api = await reader();
      await expect(rowOf(api, 'usr_a')).rejects.toMatchObject({ code: 'view-behind' });
      await busyHistory(given.log);
      await worker('one');
      await caughtUp(api);
      await joined(given.log, 'usr_z');
      await caughtUp(api);
      expect((await rowOf(api, 'usr_z'))?.body).toMatchObject({ team: 'north' });
      expect(api.status()).toMatchObject([{ view: 'moments' }, { view: 'members', generation: 1, state: 'live' }]);
    });

    it('are kept up by another process when one dies', async () => {
      const cut = { off: false };
      const through =
        <Asked extends readonly unknown[], Result>(ask: (...asked: Asked) => Promise<Result>) =>
        async (...asked: Asked): Promise<Result> => {
          if (cut.off) throw new StoreUnavailable('no connection');
          return ask(...asked);
        };
      const dying: Vault = {
        ...vault,
        lease: through((...asked: Parameters<Vault['lease']>) => vault.lease(...asked)),
        releaseLease: through((...asked: Parameters<Vault['releaseLease']>) => vault.releaseLease(...asked)),
      };
      const deaf: EventStore = {
        ...given.log,
        async *follow(options) {
          for await (const batch of given.log.follow(options)) {
            if (cut.off) throw new StoreUnavailable('no connection');
            yield batch;
          }
        },
      };
      const first = await start(leasesOf('one', dying), { log: deaf });
      await joined(given.log, 'usr_a');
      await caughtUp(first);
      const second = await worker('two');
      cut.off = true;
      await joined(given.log, 'usr_b');
      await caughtUp(second);
      expect((await rowOf(second, 'usr_b'))?.body).toBeDefined();
      cut.off = false;
    });

    it('come to no harm when two processes keep them up at once', async () => {
      const [one, two] = [await start(ownLeases()), await start(ownLeases())];
      await busyHistory(given.log);
      await record(given.log, 'user-usr_1', 'Erased', { userId: 'usr_1' });
      await busyHistory(given.log);
      await caughtUp(one, two);
      expect(await one.verify('members')).toMatchObject({ equal: true });
      await joined(given.log, 'usr_z');
      await caughtUp(one, two);
      expect(await two.verify('members')).toMatchObject({ equal: true });
    });

    it('are rebuilt by any process, and go on in all of them', async () => {
      const keeper = await worker('one');
      const api = await reader();
      await busyHistory(given.log);
      await caughtUp(keeper, api);
      await rebuild(api);
      await joined(given.log, 'usr_y');
      await caughtUp(keeper, api);
      await eventually(() => [keeper, api].every((views) => views.status()[1]?.generation === 2));
      await rebuild(keeper);
      await joined(given.log, 'usr_z');
      await caughtUp(keeper, api);
      expect((await rowOf(api, 'usr_z'))?.body).toBeDefined();
      await eventually(() => [keeper, api].every((views) => views.status()[1]?.generation === 3));
      await rebuild(api);
    });

    it('never go back for a reader while another process rebuilds them', async () => {
      const keeper = await worker('one');
      const api = await reader();
      await busyHistory(given.log);
      await joined(given.log, 'usr_x');
      await caughtUp(keeper, api);
      const seen: bigint[] = [];
      const over = new AbortController();
      const reading = (async () => {
        while (!over.signal.aborted) {
          seen.push(api.checkpoint('members').position);
          const { position } = api.checkpoint('members');
          const rows = await api.read('members', (live) => api.store.get(live, ['usr_x'], position));
          expect(rows.size).toBe(1);
          await new Promise(setImmediate);
        }
      })();
      const writing = (async () => {
        for (let n = 0; n < 30; n += 1) await joined(given.log, `usr_new_${n}`);
      })();
      await rebuild(keeper);
      await writing;
      await caughtUp(api);
      over.abort();
      await reading;
      expect(seen).toEqual([...seen].sort((a, b) => Number(a - b)));
    });

    it('are rebuilt by one process at a time', async () => {
      const keeper = await worker('one');
      const api = await reader();
      await busyHistory(given.log);
      await caughtUp(keeper, api);
      const outcomes = await Promise.allSettled([keeper.rebuild('members'), api.rebuild('members')]);
      const refused = outcomes.filter(({ status }) => status === 'rejected');
      for (const outcome of refused) expect(outcome).toMatchObject({ reason: { code: 'rebuild-running' } });
      expect(refused.length).toBeLessThan(2);
      await caughtUp(keeper, api);
      expect((await given.store.generations('members')).filter(({ state }) => state === 'building')).toEqual([]);
    });

    it('of a newer build of the product are built beside those that older processes go on reading', async () => {
      const old = await worker('one');
      const oldReader = await reader();
      await busyHistory(given.log);
      await joined(given.log, 'usr_x');
      await caughtUp(old, oldReader);
      const before = await rowOf(oldReader, 'usr_x');
      expect(before?.body).toMatchObject({ team: 'north' });
      await old.stop();
      const views = [membersView(() => false, 2)];
      const newReader = await reader({ views });
      await expect(rowOf(newReader, 'usr_x')).rejects.toMatchObject({ code: 'view-behind' });
      expect(await rowOf(oldReader, 'usr_x')).toEqual(before);
      await worker('two', { views });
      await caughtUp(newReader);
      expect((await rowOf(newReader, 'usr_x'))?.body).toEqual(before?.body);
    });
  });
};
