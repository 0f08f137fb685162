import { describe, expect, it } from '@jest/globals';
import { doneJobsName } from '../done-jobs.js';
import { EarlierPositions } from '../earlier-positions.js';
import { appendLimits } from '../event-store.js';
import type { Migration, Stores } from '../migration/migrate.js';
import { startCheckpoint } from '../view-store.js';
import {
  dying,
  eachMigration,
  eventsOf,
  following,
  GivenSource,
  Killed,
  longAgo,
  migrated,
  sparse,
  type OpenEngines,
} from './migration-given.contract.js';

const plain = { columns: {}, indexes: [] };

/** What a migration keeps, and that it goes on wherever it was cut off. */
export const migrationCopies = (open: OpenEngines, killEvery: number): void => {
  describe('copies', () => {
    const given = eachMigration(open);

    it('keeps events with their streams, revisions, ids, times and order, keys, claims and tombstones', async () => {
      const { log, vault, wasDone } = await given().run();
      expect({ events: log.events, ...vault, wasDone }).toMatchObject({
        events: 14,
        keys: 2,
        tombstones: 1,
        claims: 3,
        wasDone: false,
      });
      await given().expectWhole();
      const positions = (await eventsOf(given().target.log)).map(({ position }) => position);
      expect(positions).toEqual(positions.toSorted((a, b) => Number(a - b)));
      // The lease of the source is no business of the target.
      expect(await given().target.vault.lease('timer', 'somebody else', 1_000, Date.now())).toBe(true);
    });

    it('keeps when events were recorded, long ago and before they were copied themselves', async () => {
      await given().run();
      const times = (await given().copies()).map(([event, copy]) => [event.recordedAt, copy.recordedAt] as const);
      for (const [before, after] of times) expect(after).toBe(before);
      expect(times[0]).toEqual([longAgo, longAgo]);
      expect(times.at(-1)![0] > longAgo).toBe(true);
    });

    it('knows positions at which the source had no event', async () => {
      await given().run();
      const pairs = await given().copies();
      const positions = new EarlierPositions(given().target.views);
      const at = (position: bigint) => positions.here({ logId: given().source.logId, position });
      expect(await at(pairs[0]![0].position - 1n)).toBe(0n);
      for (const [{ position }, copy] of pairs) expect(await at(position + 3n)).toBe(copy.position);
      const [last, lastCopy] = pairs.at(-1)!;
      expect(await at(last.position + 5n)).toBe(lastCopy.position);
      expect(await at(last.position + 6n)).toBeUndefined();
    });

    it('takes stretches that are larger than one append may be', async () => {
      const small = Array.from({ length: appendLimits.events }, (_, number) => ({ number }));
      await given().source.record('a', ...small);
      await given().source.record('a', ...small.slice(0, 20));
      for (let part = 0; part < 3; part += 1) await given().source.record('b', { text: 'x'.repeat(200_000) });
      await given().run();
      await given().expectWhole();
    }, 60_000);

    it.each([true, false])(
      'goes on after it was killed at any change (made: %s)',
      async (isMade) => {
        // Batches that end in the middle of what belongs together.
        const { stores } = given().source;
        const log = { ...stores.log, follow: following(stores.log, { batchSize: 4 }) };
        const inBatches = { source: { ...stores, log } };
        const isKilledAt = async (changes: number): Promise<boolean> => {
          try {
            await given().run({ ...inBatches, target: dying(given().target, changes, isMade) });
            return false;
          } catch (error) {
            if (!(error instanceof Killed)) throw error;
            return true;
          }
        };
        let changes = 1;
        for (; await isKilledAt(changes); changes += killEvery) {
          await given().run();
          await given().expectWhole();
          await given().another();
        }
        // Six of them in the vault, the others in the log and in where its events stand.
        expect(changes).toBeGreaterThan(20);
        await given().expectWhole();
      },
      60_000,
    );

    it('goes on where the source has grown, until it was finished', async () => {
      await expect(given().run({ target: dying(given().target, 12, true) })).rejects.toThrow(Killed);
      await given().source.record('c', { late: true });
      await given().run();
      await given().expectWhole();
      await given().source.record('c', { tooLate: true });
      expect(await given().refusal()).toContain('source has been written to since');
    });

    it('goes on where the view store was lost', async () => {
      let changes = 0;
      const forgetful = { ...given().target.views, advance: () => Promise.resolve(true) };
      const log = {
        ...given().target.log,
        append: (...asked: Parameters<Stores['log']['append']>) => {
          changes += 1;
          if (changes > 6) throw new Killed('after six appends');
          return given().target.log.append(...asked);
        },
      };
      await expect(given().run({ target: { ...given().target, log, views: forgetful } })).rejects.toThrow(Killed);
      await given().run();
      await given().expectWhole();
    });

    it('verifies again, and changes nothing, when it was finished', async () => {
      const first = await given().run();
      const events = await eventsOf(given().target.log);
      expect(await given().run({ renew: () => Promise.reject(new Error('again')) })).toEqual({
        ...first,
        wasDone: true,
      });
      expect(await eventsOf(given().target.log)).toEqual(events);
    });

    it('ends on the signal, and goes on later', async () => {
      const stop = new AbortController();
      const onProgress: Migration['onProgress'] = ({ stage }) => {
        if (stage === 'vault') stop.abort(new Killed('by hand'));
      };
      await expect(given().run({ signal: stop.signal, onProgress })).rejects.toThrow(Killed);
      expect(await given().target.log.head()).toBe(0n);
      await given().run();
      await given().expectWhole();
    });

    it('tells how far it is', async () => {
      const told: Parameters<NonNullable<Migration['onProgress']>>[0][] = [];
      await given().run({ onProgress: (progress) => told.push(progress) });
      expect([...new Set(told.map(({ stage }) => stage))]).toEqual(['vault', 'log', 'verify']);
      const last = (stage: string) => told.findLast((progress) => progress.stage === stage)!;
      expect(last('vault')).toMatchObject({ done: 6n, of: 6n });
      expect(last('log').done).toBe(last('log').of);
      expect(last('verify').done).toBe(last('verify').of);
    });

    it('lets reactors go on where they were, and keeps which jobs were done', async () => {
      const { views } = given().source.stores;
      const events = await eventsOf(given().source.stores.log);
      const [fifth, ninth] = [events[4]!, events[8]!];
      const mails = await views.keep('reactor/mails', plain);
      await views.keep('reactor/idle', plain);
      await views.advance('reactor/mails', startCheckpoint, ninth);
      const parked = { stream: fifth.stream, eventId: fifth.id, type: fifth.type, error: 'RangeError' };
      await views.park(mails, { ...parked, position: fifth.position });
      const done = await views.keep(doneJobsName, plain);
      const row = { key: 'mail/1', from: 1n, body: { at: 'then' } };
      await views.write(done, [{ change: 'open', ...row, by: 'job_1', columns: {}, words: [] }]);

      await expect(given().run({ renew: () => Promise.reject(new Killed('at the very end')) })).rejects.toThrow(Killed);
      await given().run();
      const pairs = await given().copies();
      const { recordedAt } = ninth;
      expect(await given().target.views.checkpoint('reactor/mails')).toEqual({
        position: pairs[8]![1].position,
        recordedAt,
      });
      expect(await given().target.views.checkpoint('reactor/idle')).toEqual(startCheckpoint);
      const kept = await given().target.views.keep('reactor/mails', plain);
      expect(await given().target.views.parked(kept)).toEqual([{ ...parked, position: pairs[4]![1].position }]);
      const rows = await given().target.views.versions(await given().target.views.keep(doneJobsName, plain), 'mail/1');
      expect(rows).toEqual([{ ...row, until: null, openedBy: 'job_1', closedBy: null }]);
    });

    it('knows the positions of all earlier logs when a copy is copied', async () => {
      await given().run();
      const toMiddle = (await given().copies()).map(([{ position }, copy]) => ({
        earlier: position,
        here: copy.position * 10n,
      }));
      await new EarlierPositions(given().target.views).add(given().source.logId, toMiddle);
      const middle = new GivenSource({ ...given().target, log: sparse(given().target.log) });
      await given().another();
      await migrated(middle, given().target);
      const positions = new EarlierPositions(given().target.views);
      const there = await eventsOf(given().target.log);
      for (const [index, { position }] of (await eventsOf(given().source.stores.log)).entries())
        expect(await positions.here({ logId: given().source.logId, position })).toBe(there[index]?.position);
      for (const [index, { position }] of (await eventsOf(middle.stores.log)).entries())
        expect(await positions.here({ logId: middle.logId, position })).toBe(there[index]?.position);
      expect(there.map(({ type }) => type).filter((type) => type === 'Renewed')).toHaveLength(2);
    });
  });
};
