import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Vault } from '../vault.js';

/** A vault under test. `reopen` lets go of it and opens the same one again. */
export interface VaultUnderTest {
  readonly vault: Vault;
  reopen(): Promise<Vault>;
  dispose(): Promise<void>;
}

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
const tenWays = Array.from({ length: 10 }, (_, way) => way);

/** What every vault holds to. Each test opens one of its own. */
export const vaultContract = (name: string, open: () => Promise<VaultUnderTest>): void => {
  describe(`vault contract: ${name}`, () => {
    let underTest: VaultUnderTest;
    let vault: Vault;
    const reopened = async (): Promise<Vault> => (vault = await underTest.reopen());

    beforeEach(async () => {
      underTest = await open();
      vault = underTest.vault;
    });
    afterEach(() => underTest.dispose());

    describe('keys', () => {
      it('has no key of an unknown subject', async () => {
        expect(await vault.key('usr_a')).toBeUndefined();
      });

      it('keeps the first key and gives it to whoever adds another', async () => {
        expect(await vault.addKey('usr_a', bytes(1, 2, 3))).toEqual(bytes(1, 2, 3));
        expect(await vault.addKey('usr_a', bytes(9))).toEqual(bytes(1, 2, 3));
        expect(await (await reopened()).key('usr_a')).toEqual(bytes(1, 2, 3));
        expect(await vault.key('usr_b')).toBeUndefined();
      });

      it('gives one key to all that race to add one', async () => {
        const given = await Promise.all(tenWays.map((way) => vault.addKey('usr_a', bytes(way))));
        const standing = await vault.key('usr_a');
        expect(standing).toBeDefined();
        expect(given).toEqual(tenWays.map(() => standing));
      });

      it('keeps what was given, whatever the caller does to its bytes afterwards', async () => {
        const mine = bytes(1, 2, 3);
        const given = await vault.addKey('usr_a', mine);
        mine.fill(0);
        given?.fill(0);
        expect(await vault.key('usr_a')).toEqual(bytes(1, 2, 3));
      });

      it('never has a key again of a buried subject', async () => {
        await vault.addKey('usr_a', bytes(1));
        await vault.bury('usr_a', '2027-01-01T00:00:00.000Z');
        expect(await vault.key('usr_a')).toBeUndefined();
        expect(await vault.addKey('usr_a', bytes(2))).toBeUndefined();
        await reopened();
        expect(await vault.addKey('usr_a', bytes(3))).toBeUndefined();
        expect(await vault.key('usr_a')).toBeUndefined();
      });

      it('never gives a key to a subject buried before it had one', async () => {
        await vault.bury('usr_a', '2027-01-01T00:00:00.000Z');
        expect(await vault.addKey('usr_a', bytes(1))).toBeUndefined();
      });

      it('leaves no key behind when adding and burying race', async () => {
        await Promise.all([
          ...tenWays.map((way) => vault.addKey('usr_a', bytes(way))),
          vault.bury('usr_a', '2027-01-01T00:00:00.000Z'),
          ...tenWays.map((way) => vault.addKey('usr_a', bytes(way))),
        ]);
        expect(await vault.key('usr_a')).toBeUndefined();
        expect(await vault.addKey('usr_a', bytes(1))).toBeUndefined();
      });
    });

    describe('listing', () => {
      /** More than an adapter reads at once. */
      const many = Array.from({ length: 520 }, (_, number) => String(number).padStart(4, '0'));
      const collect = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
        const collected: Item[] = [];
        for await (const item of items) collected.push(item);
        return collected;
      };

      it('gives no keys and no claims of an empty vault', async () => {
        expect(await collect(vault.keys())).toEqual([]);
        expect(await collect(vault.claims())).toEqual([]);
      });

      it('gives every key there is once, by subject in byte order', async () => {
        // U+1F511 comes after U+FF41 as bytes, and before it in UTF-16.
        const subjects = [...many, '\u{ff41}', '\u{1f511}'];
        await Promise.all(subjects.map((subject) => vault.addKey(subject, Buffer.from(subject))));
        await vault.bury('0500', '2027-01-01T00:00:00.000Z');
        await vault.bury('usr_none', '2027-01-01T00:00:00.000Z');
        const listed = await collect((await reopened()).keys());
        expect(listed).toEqual(
          subjects
            .filter((subject) => subject !== '0500')
            .map((subject) => ({ subject, wrapped: Uint8Array.from(Buffer.from(subject)) })),
        );
      }, 60_000);

      it('gives every claim there is once, by kind and index in byte order, and nothing of leases', async () => {
        const claims = [
          { kind: 'a', index: '\u{ff41}', holder: 'h' },
          { kind: 'a', index: '\u{1f511}', holder: 'h' },
          ...many.map((index) => ({ kind: 'email', index, holder: `usr_${index}` })),
          { kind: 'email-2', index: '0000', holder: 'usr_a' },
        ];
        await Promise.all(claims.toReversed().map(({ kind, index, holder }) => vault.claim(kind, index, holder)));
        await vault.claim('email', '9999', 'usr_gone');
        await vault.releaseClaim('email', '9999', 'usr_gone');
        await vault.lease('email', 'one', 60_000, 1_000);
        expect(await collect((await reopened()).claims())).toEqual(claims);
      }, 60_000);

      it('may be left early, and read while it is written', async () => {
        await vault.addKey('usr_a', bytes(1));
        await vault.claim('email', 'i1', 'usr_a');
        for await (const { subject, wrapped } of vault.keys()) {
          expect(await vault.addKey(subject, bytes(2))).toEqual(wrapped);
          break;
        }
        for await (const { kind, index, holder } of vault.claims())
          expect(await vault.moveClaim(kind, index, holder, 'usr_b')).toBe(true);
        expect(await vault.claimHolder('email', 'i1')).toBe('usr_b');
      });
    });

    describe('tombstones', () => {
      it('lists the buried by time, then subject', async () => {
        await vault.bury('usr_c', '2027-01-02T00:00:00.000Z');
        await vault.bury('usr_b', '2027-01-01T00:00:00.000Z');
        await vault.bury('usr_a', '2027-01-02T00:00:00.000Z');
        const expected = [
          { subject: 'usr_b', at: '2027-01-01T00:00:00.000Z' },
          { subject: 'usr_a', at: '2027-01-02T00:00:00.000Z' },
          { subject: 'usr_c', at: '2027-01-02T00:00:00.000Z' },
        ];
        expect(await vault.tombstones()).toEqual(expected);
        expect(await (await reopened()).tombstones()).toEqual(expected);
      });

      it('keeps the first time of a subject buried again', async () => {
        await vault.bury('usr_a', '2027-01-01T00:00:00.000Z');
        await vault.bury('usr_a', '2028-01-01T00:00:00.000Z');
        expect(await vault.tombstones()).toEqual([{ subject: 'usr_a', at: '2027-01-01T00:00:00.000Z' }]);
      });
    });

    describe('rewrapping', () => {
      const mark = 200;
      /** Leaves alone what it has done already, as a resumed rewrap must. */
      const rewrap = (wrapped: Uint8Array): Uint8Array => (wrapped[0] === mark ? wrapped : bytes(mark, ...wrapped));

      it('replaces every key with knowledge of its subject', async () => {
        await vault.addKey('usr_a', bytes(1));
        await vault.addKey('usr_b', bytes(2));
        const seen = new Map<string, Uint8Array>();
        const changed = await vault.rewrapKeys((wrapped, subject) => {
          seen.set(subject, Uint8Array.from(wrapped));
          return rewrap(wrapped);
        });
        expect(changed).toBe(2);
        expect(seen).toEqual(
          new Map([
            ['usr_a', bytes(1)],
            ['usr_b', bytes(2)],
          ]),
        );
        await reopened();
        expect(await vault.key('usr_a')).toEqual(bytes(mark, 1));
        expect(await vault.key('usr_b')).toEqual(bytes(mark, 2));
      });

      it('goes on where a failed one left off', async () => {
        const subjects = tenWays.map((way) => `usr_${way}`);
        for (const [way, subject] of subjects.entries()) await vault.addKey(subject, bytes(way));
        let left = 4;
        const failing = vault.rewrapKeys((wrapped) => {
          if (left === 0) throw new Error('no such master key');
          left -= 1;
          return rewrap(wrapped);
        });
        await expect(failing).rejects.toThrow('no such master key');
        await vault.rewrapKeys(rewrap);
        for (const [way, subject] of subjects.entries()) expect(await vault.key(subject)).toEqual(bytes(mark, way));
        expect(await vault.rewrapKeys(rewrap)).toBe(0);
      });

      it('brings back no key that was buried meanwhile', async () => {
        for (const way of tenWays) await vault.addKey(`usr_${way}`, bytes(way));
        await Promise.all([vault.rewrapKeys(rewrap), vault.bury('usr_5', '2027-01-01T00:00:00.000Z')]);
        expect(await vault.key('usr_5')).toBeUndefined();
        expect(await vault.key('usr_6')).toEqual(bytes(mark, 6));
      });
    });

    describe('claims', () => {
      it('belong to the first, and are apart by kind and index', async () => {
        expect(await vault.claimHolder('email', 'i1')).toBeUndefined();
        expect(await vault.claim('email', 'i1', 'usr_a')).toBe('usr_a');
        expect(await vault.claim('email', 'i1', 'usr_b')).toBe('usr_a');
        expect(await vault.claim('email', 'i2', 'usr_b')).toBe('usr_b');
        expect(await vault.claim('application-name', 'i1', 'app_c')).toBe('app_c');
        await reopened();
        expect(await vault.claimHolder('email', 'i1')).toBe('usr_a');
        expect(await vault.claimHolder('email', 'i2')).toBe('usr_b');
        expect(await vault.claimHolder('application-name', 'i1')).toBe('app_c');
      });

      it('have exactly one winner in a race', async () => {
        const holders = await Promise.all(tenWays.map((way) => vault.claim('email', 'i1', `usr_${way}`)));
        expect(new Set(holders).size).toBe(1);
        expect(await vault.claimHolder('email', 'i1')).toBe(holders[0]);
      });

      it('move only from the one that holds them', async () => {
        await vault.claim('email', 'i1', 'usr_a');
        expect(await vault.moveClaim('email', 'i1', 'usr_b', 'usr_c')).toBe(false);
        expect(await vault.moveClaim('email', 'i1', 'usr_a', 'usr_a')).toBe(true);
        expect(await vault.moveClaim('email', 'i1', 'usr_a', 'usr_b')).toBe(true);
        expect(await vault.moveClaim('email', 'i1', 'usr_a', 'usr_c')).toBe(false);
        expect(await vault.moveClaim('email', 'i2', 'usr_a', 'usr_c')).toBe(false);
        await reopened();
        expect(await vault.claimHolder('email', 'i1')).toBe('usr_b');
        expect(await vault.claimHolder('email', 'i2')).toBeUndefined();
      });

      it('move to exactly one in a race', async () => {
        await vault.claim('email', 'i1', 'usr_old');
        const moved = await Promise.all(tenWays.map((way) => vault.moveClaim('email', 'i1', 'usr_old', `usr_${way}`)));
        expect(moved.filter((won) => won)).toHaveLength(1);
        expect(await vault.claimHolder('email', 'i1')).toBe(`usr_${moved.indexOf(true)}`);
      });

      it('are given back by their holder only', async () => {
        await vault.claim('email', 'i1', 'usr_a');
        await vault.releaseClaim('email', 'i1', 'usr_b');
        expect(await vault.claimHolder('email', 'i1')).toBe('usr_a');
        await vault.releaseClaim('email', 'i1', 'usr_a');
        await vault.releaseClaim('email', 'i1', 'usr_a');
        await reopened();
        expect(await vault.claimHolder('email', 'i1')).toBeUndefined();
        expect(await vault.claim('email', 'i1', 'usr_b')).toBe('usr_b');
      });
    });

    describe('leases', () => {
      it('are renewed by their owner and refused to others until they run out', async () => {
        expect(await vault.lease('timers', 'one', 100, 1_000)).toBe(true);
        expect(await vault.lease('timers', 'two', 100, 1_099)).toBe(false);
        expect(await vault.lease('timers', 'one', 100, 1_050)).toBe(true);
        expect(await vault.lease('timers', 'two', 100, 1_149)).toBe(false);
        await reopened();
        expect(await vault.lease('timers', 'two', 100, 1_149)).toBe(false);
        expect(await vault.lease('timers', 'two', 100, 1_150)).toBe(true);
        expect(await vault.lease('timers', 'one', 100, 1_151)).toBe(false);
      });

      it('are apart by name', async () => {
        expect(await vault.lease('timers', 'one', 100, 1_000)).toBe(true);
        expect(await vault.lease('mail', 'two', 100, 1_000)).toBe(true);
      });

      it('are released by their owner only', async () => {
        await vault.lease('timers', 'one', 100, 1_000);
        await vault.releaseLease('timers', 'two');
        expect(await vault.lease('timers', 'two', 100, 1_001)).toBe(false);
        await vault.releaseLease('timers', 'one');
        expect(await vault.lease('timers', 'two', 100, 1_001)).toBe(true);
      });

      it('go to exactly one of those that race', async () => {
        const free = await Promise.all(tenWays.map((way) => vault.lease('timers', `free-${way}`, 100, 1_000)));
        expect(free.filter((won) => won)).toHaveLength(1);
        const runOut = await Promise.all(tenWays.map((way) => vault.lease('timers', `late-${way}`, 100, 2_000)));
        expect(runOut.filter((won) => won)).toHaveLength(1);
      });
    });
  });
};
