import { describe, expect, it } from '@jest/globals';
import type { Generation } from '../view-store.js';
import {
  changes,
  closes,
  eachOpens,
  keysOf,
  log,
  opens,
  people,
  rewrites,
  scanned,
  version,
  type OpenViewStore,
} from './view-store-given.contract.js';

const byKeyAndFrom = (a: { key: string; from: bigint }, b: { key: string; from: bigint }): number =>
  a.key < b.key ? -1 : a.key > b.key ? 1 : Number(a.from - b.from);

export const rowsContract = (open: OpenViewStore): void => {
  describe('writing', () => {
    const test = eachOpens(open);
    const building = (): Promise<Generation> => test.store.create('people', 1, people);

    it('applies each change once, however often it comes', async () => {
      const once = await building();
      const twice = await building();
      const written = [
        opens('ann', 1n, { rank: 1 }),
        ...changes('ann', 1n, 3n, { rank: 2 }),
        closes('ann', 3n, 4n),
        opens('ann', 6n, { rank: 3 }),
        rewrites('ann', 1n, { rank: 9 }),
      ];
      await test.store.write(once, written);
      for (const change of written) await test.store.write(twice, [change, change]);
      await test.store.write(twice, written);
      expect(await scanned(test.store, once)).toEqual([
        version('ann', 1n, 3n, { rank: 9 }),
        version('ann', 3n, 4n, { rank: 2 }),
        version('ann', 6n, null, { rank: 3 }),
      ]);
      expect(await scanned(test.store, twice)).toEqual(await scanned(test.store, once));
    });

    it('opens only what is absent, so a late owner neither reopens nor replaces', async () => {
      const generation = await building();
      await test.store.write(generation, [opens('ann', 1n, { name: 'ann' }), closes('ann', 1n, 2n)]);
      await test.store.write(generation, [opens('ann', 1n, { name: 'not ann' })]);
      expect(await test.store.versions(generation, 'ann')).toEqual([version('ann', 1n, 2n, { name: 'ann' })]);
    });

    it('closes only what is open, and that version alone', async () => {
      const generation = await building();
      await test.store.write(generation, [opens('ann', 1n), closes('ann', 1n, 2n), opens('ann', 5n)]);
      await test.store.write(generation, [closes('ann', 1n, 7n), closes('ann', 4n, 7n), closes('bob', 1n, 7n)]);
      expect(await scanned(test.store, generation)).toEqual([version('ann', 1n, 2n), version('ann', 5n, null)]);
    });

    it('rewrites what a version holds and is found by, its range untouched', async () => {
      const generation = await building();
      await test.store.index(generation);
      await test.store.write(generation, [opens('ann', 1n, { name: 'ann lee' }), closes('ann', 1n, 4n)]);
      await test.store.write(generation, [opens('ann', 4n, { name: 'ann ray' })]);
      await test.store.write(generation, [rewrites('ann', 1n, { name: '[erased]' }), rewrites('bob', 1n, {})]);
      expect(await test.store.versions(generation, 'ann')).toEqual([
        version('ann', 1n, 4n, { name: '[erased]' }),
        version('ann', 4n, null, { name: 'ann ray' }),
      ]);
      expect(await keysOf(test.store, generation, 3n, [{ column: 'name', in: ['ann lee'] }])).toEqual([]);
      expect(await keysOf(test.store, generation, 3n, [{ wordStartsWith: 'lee' }])).toEqual([]);
      expect(await keysOf(test.store, generation, 3n, [{ column: 'name', in: ['[erased]'] }])).toEqual(['ann']);
      expect(await test.store.versions(generation, 'bob')).toEqual([]);
    });

    it('gives back any text, number and position unchanged', async () => {
      const generation = await building();
      const far = 9_007_199_254_740_993n;
      const body = {
        text: '$set a.b "quoted" \u0000 \u2028 Zoë 😀',
        nested: { list: [1, 1.5, -0.25, 9_007_199_254_740_991, true, null, { $: 'x' }], empty: {} },
        none: null,
      };
      const key = `$a.b:"c" o'neil % _ Zoë 😀`;
      const person = { accountId: '$a.b', name: `o'neil "x" Zoë 😀`, rank: 9_007_199_254_740_991 };
      await test.store.write(generation, [opens(key, far, person, body), closes(key, far, far + 1n)]);
      const stored = version(key, far, far + 1n, person, body);
      expect(await scanned(test.store, generation)).toEqual([stored]);
      expect(await test.store.get(generation, [key], far)).toEqual(new Map([[key, stored]]));
      expect(await test.store.get(generation, [key], far - 1n)).toEqual(new Map());
      const where = [
        { column: 'accountId', in: ['$a.b'] },
        { column: 'rank', in: [9_007_199_254_740_991] },
      ];
      expect(await keysOf(test.store, generation, far, where)).toEqual([key]);
    });

    it('leaves out what is undefined and hands out rows that are the reader’s own', async () => {
      const generation = await building();
      const body = { kept: [1], left: undefined };
      await test.store.write(generation, [opens('ann', 1n, {}, body)]);
      body.kept.push(2);
      const [first] = await test.store.versions(generation, 'ann');
      (first?.body['kept'] as number[]).push(3);
      expect(await test.store.versions(generation, 'ann')).toStrictEqual([version('ann', 1n, null, {}, { kept: [1] })]);
    });
  });

  describe('reading at a position', () => {
    const test = eachOpens(open);

    it('gets the version that stood: none before, the right one within, none after', async () => {
      const generation = await test.store.create('people', 1, people);
      await test.store.write(generation, [opens('ann', 2n, { rank: 1 }), ...changes('ann', 2n, 5n, { rank: 2 })]);
      await test.store.write(generation, [closes('ann', 5n, 8n), opens('bob', 1n)]);
      const first = version('ann', 2n, 5n, { rank: 1 });
      const second = version('ann', 5n, 8n, { rank: 2 });
      const expected = [undefined, undefined, first, first, first, second, second, second, undefined, undefined];
      for (const [asOf, row] of expected.entries()) {
        const got = await test.store.get(generation, ['ann', 'nobody'], BigInt(asOf));
        expect(got).toEqual(new Map(row === undefined ? [] : [['ann', row]]));
      }
      expect([...(await test.store.get(generation, ['bob', 'ann', 'bob'], 3n)).keys()].sort()).toEqual(['ann', 'bob']);
      expect(await test.store.get(generation, [], 3n)).toEqual(new Map());
    });

    it('shows a reader at the checkpoint nothing of a batch that is half written', async () => {
      const generation = await test.store.create('people', 1, people);
      await test.store.write(generation, [opens('ann', 1n, { rank: 1 }), opens('bob', 2n, { rank: 1 })]);
      await test.store.index(generation);
      const at2 = { ann: 1, bob: 1 };
      const ranks = async (): Promise<Record<string, unknown>> => {
        const listed = await test.store.list(generation, {
          asOf: 2n,
          where: [{ column: 'rank', in: [1] }],
          order: { column: 'rank', descending: true },
          limit: 9,
        });
        const got = await test.store.get(generation, ['ann', 'bob', 'cyd'], 2n);
        expect([...got.values()].sort(byKeyAndFrom).map(({ body }) => body['rank'])).toEqual(
          [...listed].sort(byKeyAndFrom).map(({ body }) => body['rank']),
        );
        expect(await test.store.count(generation, { asOf: 2n, where: [], cap: 9 })).toBe(listed.length);
        return Object.fromEntries(listed.map(({ key, body }) => [key, body['rank']]));
      };
      const batch = [...changes('ann', 1n, 3n, { rank: 2 }), opens('cyd', 4n, { rank: 1 }), closes('bob', 2n, 5n)];
      for (const change of batch) {
        expect(await ranks()).toEqual(at2);
        await test.store.write(generation, [change]);
      }
      expect(await ranks()).toEqual(at2);
      expect(await keysOf(test.store, generation, 5n)).toEqual(['ann', 'cyd']);
    });
  });

  describe('histories', () => {
    const test = eachOpens(open);

    it('gives all versions of a key, and of a column value, past ones included', async () => {
      const generation = await test.store.create('people', 1, people);
      const a = { accountId: 'a', state: 'x' };
      const b = { accountId: 'b', state: 'x' };
      await test.store.write(generation, [opens('ann', 10n, b), opens('ann', 2n, a), closes('ann', 2n, 9n)]);
      await test.store.write(generation, [opens('bob', 3n, a), opens('cyd', 4n), closes('ann', 10n, 11n)]);
      const first = version('ann', 2n, 9n, a);
      const second = version('ann', 10n, 11n, b);
      const bob = version('bob', 3n, null, a);
      const where = async (column: string, value: string | null) =>
        [...(await test.store.versionsWhere(generation, column, value))].sort(byKeyAndFrom);
      for (const when of ['while it loads', 'once it is indexed']) {
        expect({ when, ann: await test.store.versions(generation, 'ann') }).toEqual({ when, ann: [first, second] });
        expect(await test.store.versions(generation, 'nobody')).toEqual([]);
        expect(await where('accountId', 'a')).toEqual([first, bob]);
        expect(await where('state', 'x')).toEqual([first, second, bob]);
        expect(await where('accountId', null)).toEqual([version('cyd', 4n, null)]);
        for (const asOf of [0n, 1n, 2n, 3n, 4n, 9n])
          expect([...(await test.store.versionsWhere(generation, 'state', 'x', asOf))].sort(byKeyAndFrom)).toEqual(
            [first, second, bob].filter(({ from, until }) => from <= asOf && (until === null || until > asOf)),
          );
        await test.store.index(generation);
      }
    });

    it('scans every version in (key, from) order, keys by their bytes', async () => {
      const generation = await test.store.create('people', 1, people);
      const keys = ['Z', 'a', 'a.b', 'aa', 'é', '\uff5e', '😀', ...Array.from({ length: 1_200 }, (_, n) => `k${n}`)];
      await test.store.write(
        generation,
        keys.toReversed().flatMap((key) => [opens(key, 9n), opens(key, 10n)]),
      );
      await test.store.write(
        generation,
        keys.map((key) => closes(key, 9n, 10n)),
      );
      const sorted = keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const expected = sorted.flatMap((key) => [`${key} 9`, `${key} 10`]);
      expect((await scanned(test.store, generation)).map(({ key, from }) => `${key} ${from}`)).toEqual(expected);
      expect(await scanned(test.store, await test.store.create('people', 2, people))).toEqual([]);
    });
  });

  describe('append-only views', () => {
    const test = eachOpens(open);
    const entry = (position: bigint, accountId: string) => {
      const key = position.toString().padStart(20, '0');
      return {
        key,
        change: 'open',
        from: position,
        by: `evt_${position}`,
        body: {},
        columns: { accountId },
        words: [],
      } as const;
    };

    it('opens, lists, counts and pages like the others', async () => {
      const generation = await test.store.create('log', 1, log);
      const entries = [entry(1n, 'a'), entry(2n, 'b'), entry(3n, 'a'), entry(4n, 'a')];
      await test.store.write(generation, entries);
      await test.store.write(generation, entries);
      await test.store.index(generation);
      const keys = entries.map(({ key }) => key);
      const ofA = [{ column: 'accountId', in: ['a'] }];
      const latest = { column: 'key', descending: true };
      expect(await keysOf(test.store, generation, 4n)).toEqual(keys);
      expect(await keysOf(test.store, generation, 3n, ofA, latest)).toEqual([keys[2], keys[0]]);
      expect(await test.store.count(generation, { asOf: 4n, where: ofA, cap: 9 })).toBe(3);
      expect(await test.store.count(generation, { asOf: 4n, where: [], distinct: 'accountId', cap: 9 })).toBe(2);
      expect(await test.store.touched(generation, { after: 1n, upTo: 3n, where: [], limit: 9 })).toEqual(
        keys.slice(1, 3),
      );
      expect(await test.store.causes(generation, keys, { after: 1n, upTo: 2n })).toEqual(
        new Map([[keys[1], [{ eventId: 'evt_2', position: 2n }]]]),
      );
      expect(await test.store.versionsWhere(generation, 'accountId', 'b')).toEqual([
        { key: keys[1], from: 2n, until: null, openedBy: 'evt_2', closedBy: null, body: {} },
      ]);
      const after = { value: keys[3] ?? '', key: keys[3] ?? '' };
      const page = await test.store.list(generation, { asOf: 4n, where: ofA, order: latest, after, limit: 1 });
      expect(page.map(({ key, sortValue }) => [key, sortValue])).toEqual([[keys[2], keys[2]]]);
    });

    it('never closes a row', async () => {
      const generation = await test.store.create('log', 1, log);
      const { key, from } = entry(1n, 'a');
      await test.store.write(generation, [entry(1n, 'a')]);
      await expect(test.store.write(generation, [closes(key, from, 2n)])).rejects.toThrow('never closed');
      expect((await scanned(test.store, generation)).map(({ until }) => until)).toEqual([null]);
    });
  });
};
