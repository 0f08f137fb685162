import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { randomId } from '../ids.js';
import { copyVault, vaultDigest } from '../migration/copy-vault.js';
import type { Stores } from '../migration/migrate.js';
import { eachMigration, eventsOf, GivenSource, Killed, never, type OpenEngines } from './migration-given.contract.js';

const plain = { columns: {}, indexes: [] };

/** What a migration does not begin with, and what it does not call done. */
export const migrationRefusals = (open: OpenEngines): void => {
  describe('refusals', () => {
    const given = eachMigration(open);

    describe('refuses, and leaves as it is,', () => {
      const untouched = async (events: number): Promise<void> => {
        expect(await eventsOf(given().target.log)).toHaveLength(events);
        expect(await given().target.views.live()).toEqual([]);
      };

      it('a target with other events', async () => {
        await new GivenSource(given().target).record('a', { other: true });
        expect(await given().refusal()).toContain('Happened in account-a');
        await untouched(1);
        expect(await vaultDigest(given().target.vault)).toMatchObject({ keys: 0, claims: 0, tombstones: 0 });
      });

      it('a target whose vault holds something else', async () => {
        await given().target.vault.addKey('usr_ann', randomBytes(40));
        expect(await given().refusal()).toContain('a key of usr_ann');
        await untouched(0);
      });

      it.each<[string, (vault: Stores['vault']) => Promise<unknown>]>([
        ['a key of usr_dan', (vault) => vault.addKey('usr_dan', randomBytes(40))],
        ['a tombstone of usr_ann', (vault) => vault.bury('usr_ann', '2027-01-01T00:00:00.000Z')],
        ['a tombstone of usr_cyd', (vault) => vault.bury('usr_cyd', '2028-01-01T00:00:00.000Z')],
        ['a claim of usr_dan (email)', (vault) => vault.claim('email', 'index of ann', 'usr_dan')],
      ])('a target whose vault holds %s', async (what, hold) => {
        await hold(given().target.vault);
        expect(await given().refusal()).toContain(what);
        await untouched(0);
      });

      it('a target with views', async () => {
        await given().target.views.promote(await given().target.views.create('members', 1, plain));
        expect(await given().refusal()).toContain('members');
        expect(await given().target.log.head()).toBe(0n);
      });

      it('keys that can’t be opened at the target', async () => {
        const requireKey = (): never => {
          throw new Killed('another master key');
        };
        await expect(given().run({ requireKey })).rejects.toThrow('another master key');
        await untouched(0);
      });
    });

    it.each<[string, (vault: Stores['vault']) => Promise<unknown>]>([
      ['the key of usr_ann', (vault) => vault.addKey('usr_ann', randomBytes(40))],
      ['the key of usr_ann', (vault) => vault.bury('usr_ann', '2027-01-01T00:00:00.000Z')],
      ['the key of usr_cyd, who is erased,', (vault) => vault.addKey('usr_cyd', randomBytes(40))],
      ['a claim of usr_ann (email)', (vault) => vault.claim('email', 'index of ann', 'usr_dan')],
    ])('refuses to overwrite %s', async (what, hold) => {
      await hold(given().target.vault);
      const copying = copyVault(given().source.stores.vault, given().target.vault, never);
      await expect(copying).rejects.toThrow(`The target’s vault holds ${what} otherwise`);
    });

    it('refuses to go on with a target that has been served, or whose log is gone', async () => {
      await given().run();
      const position = (await eventsOf(given().target.log)).at(-1)?.revision ?? 0n;
      const served = { id: randomId('evt'), type: 'Happened', data: {}, metadata: {} };
      await given().target.log.append('platform', position, [served]);
      expect(await given().refusal()).toContain('has been served since');
      const gone = { ...given().target.log, head: () => Promise.resolve(0n) };
      expect(await given().refusal({ target: { ...given().target, log: gone } })).toContain('its log does not hold');
    });

    it('refuses to go on beside another migration, or something else that writes to the target', async () => {
      const advance = () => Promise.resolve(false);
      expect(
        await given().refusal({ target: { ...given().target, views: { ...given().target.views, advance } } }),
      ).toContain('Another migration');
      const append: Stores['log']['append'] = async (stream, expected, events) => {
        const appended = await given().target.log.append(stream, expected, events);
        if (stream.endsWith('-c')) await new GivenSource(given().target).record('other', {});
        return appended;
      };
      await given().source.record('c', {});
      await given().source.record('a', {});
      expect(
        await given().refusal({ target: { ...given().target, log: { ...given().target.log, append } } }),
      ).toContain('Something else writes');
    });

    it('never names a copy that differs', async () => {
      const follow: Stores['log']['follow'] = async function* (options) {
        for await (const batch of given().target.log.follow(options))
          yield { ...batch, events: batch.events.map((event) => ({ ...event, data: { ...event.data, bent: true } })) };
      };
      expect(
        await given().refusal({ target: { ...given().target, log: { ...given().target.log, follow } } }),
      ).toContain('The log of the target');
      expect((await eventsOf(given().target.log)).filter(({ type }) => type === 'Renewed')).toEqual([]);
      await given().run();
      await given().expectWhole();
    });

    it('never names a copy whose vault differs', async () => {
      const claims: Stores['vault']['claims'] = async function* () {
        for await (const claim of given().target.vault.claims()) if (claim.holder !== 'usr_ben') yield claim;
      };
      expect(
        await given().refusal({ target: { ...given().target, vault: { ...given().target.vault, claims } } }),
      ).toContain('The vault of the target');
      expect((await eventsOf(given().target.log)).filter(({ type }) => type === 'Renewed')).toEqual([]);
    });
  });
};
