import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Condition, Generation, ViewStore } from '../view-store.js';
import {
  ascending,
  changes,
  closes,
  descending,
  eachOpens,
  keysOf,
  opens,
  people,
  type OpenViewStore,
} from './view-store-given.contract.js';

const team: [condition: string, where: readonly Condition[], keys: readonly string[]][] = [
  ['no condition', [], ['ann', 'bob', 'cyd', 'dan', 'eve']],
  ['one value', [{ column: 'accountId', in: ['a'] }], ['ann', 'bob', 'cyd']],
  ['one of several values', [{ column: 'state', in: ['active', 'removed'] }], ['ann', 'cyd']],
  ['one of several numbers', [{ column: 'rank', in: [1, 3, 7] }], ['ann', 'cyd']],
  ['null', [{ column: 'state', in: [null] }], ['bob', 'eve']],
  ['null or a value', [{ column: 'state', in: ['removed', null] }], ['bob', 'cyd', 'eve']],
  ['no value at all', [{ column: 'state', in: [] }], []],
  ['not a value, which null is not', [{ column: 'state', notIn: ['active'] }], ['bob', 'cyd', 'dan', 'eve']],
  ['none of several values', [{ column: 'state', notIn: ['active', 'invited'] }], ['bob', 'cyd', 'eve']],
  ['not null', [{ column: 'state', notIn: [null] }], ['ann', 'cyd', 'dan']],
  ['neither null nor a value', [{ column: 'state', notIn: [null, 'active'] }], ['cyd', 'dan']],
  ['excluding nothing', [{ column: 'state', notIn: [] }], ['ann', 'bob', 'cyd', 'dan', 'eve']],
  ['from a number, included', [{ column: 'rank', from: 2 }], ['bob', 'cyd', 'dan']],
  ['below a number, excluded; null is in no range', [{ column: 'rank', below: 3 }], ['ann', 'bob']],
  ['a range of numbers', [{ column: 'rank', from: 2, below: 3 }], ['bob']],
  ['a range of texts', [{ column: 'name', from: 'bob', below: 'dan' }], ['bob', 'cyd']],
  ['keys', [{ column: 'key', in: ['cyd', 'ann', 'nobody'] }], ['ann', 'cyd']],
  ['a range of keys', [{ column: 'key', from: 'bob', below: 'dan' }], ['bob', 'cyd']],
  ['other keys', [{ column: 'key', notIn: ['ann'] }], ['bob', 'cyd', 'dan', 'eve']],
  ['the start of the first word', [{ wordStartsWith: 'an' }], ['ann']],
  ['the start of a later word', [{ wordStartsWith: 'le' }], ['ann', 'bob']],
  ['not the middle of a word', [{ wordStartsWith: 'ee' }], []],
  ['a whole e-mail', [{ wordStartsWith: 'ann.lee@example.com' }], ['ann']],
  ['text that would be a pattern, as it is', [{ wordStartsWith: 'ann_lee@' }], []],
  ['text that would match anything', [{ wordStartsWith: '.*' }], []],
  ['text that would be a wildcard', [{ wordStartsWith: '%' }], []],
  ['two words, in any order', [{ wordStartsWith: 'le' }, { wordStartsWith: 'bo' }], ['bob']],
  ['no start over the end of a word', [{ wordStartsWith: 'ann le' }], []],
  [
    'any of several conditions',
    [{ anyOf: [{ column: 'rank', in: [3] }, { wordStartsWith: 'ann' }, { column: 'name', from: 'dan' }] }],
    ['ann', 'cyd', 'dan'],
  ],
  ['any of none', [{ anyOf: [] }], []],
  [
    'all of the conditions',
    [{ column: 'accountId', in: ['a'] }, { column: 'rank', from: 2 }, { anyOf: [{ column: 'state', in: [null] }] }],
    ['bob'],
  ],
];

/** Five people at position 10; before, ann was in account b, and after it everything changes. */
const fill = async (store: ViewStore, generation: Generation): Promise<void> => {
  const before = { accountId: 'b', name: 'zoe', rank: 50, state: 'old' };
  await store.write(generation, [
    opens('ann', 1n, before),
    ...changes('ann', 1n, 6n, { accountId: 'a', name: 'ann lee ann.lee@example.com', rank: 1, state: 'active' }),
    opens('bob', 2n, { accountId: 'a', name: 'bob leigh', rank: 2, state: null }),
    opens('cyd', 3n, { accountId: 'a', name: 'cyd', rank: 3, state: 'removed' }),
    opens('dan', 4n, { accountId: 'b', name: 'dan', rank: 4, state: 'invited' }),
    opens('eve', 5n, { accountId: 'b' }),
    opens('gus', 5n, { accountId: 'a', name: 'gus', rank: 2 }),
    closes('gus', 5n, 10n),
  ]);
  await store.index(generation);
  const later = { accountId: 'a', name: 'ann lee', rank: 2, state: 'active' };
  await store.write(generation, [
    ...changes('bob', 2n, 11n, { ...later, rank: 99 }),
    closes('cyd', 3n, 12n),
    ...changes('eve', 5n, 13n, later),
    opens('flo', 14n, later),
  ]);
};

export const listsContract = (open: OpenViewStore): void => {
  describe('conditions', () => {
    const test = eachOpens(open);
    let generation: Generation;
    beforeEach(async () => {
      generation = await test.store.create('people', 1, people);
      await fill(test.store, generation);
    });

    it.each(team)('finds by %s', async (_, where, keys) => {
      expect(await keysOf(test.store, generation, 10n, where)).toEqual(keys);
      expect(await keysOf(test.store, generation, 10n, where, descending('name'))).toHaveLength(keys.length);
      expect(await test.store.count(generation, { asOf: 10n, where, cap: 100 })).toBe(keys.length);
    });

    it('finds what stood long ago and what stands now', async () => {
      const where = [{ column: 'accountId', in: ['b'] }];
      expect(await keysOf(test.store, generation, 0n)).toEqual([]);
      expect(await keysOf(test.store, generation, 1n, where)).toEqual(['ann']);
      expect(await keysOf(test.store, generation, 5n, where)).toEqual(['ann', 'dan', 'eve']);
      expect(await keysOf(test.store, generation, 6n, where)).toEqual(['dan', 'eve']);
      expect(await keysOf(test.store, generation, 14n, where)).toEqual(['dan']);
      expect(await keysOf(test.store, generation, 14n)).toEqual(['ann', 'bob', 'dan', 'eve', 'flo']);
    });

    it('counts no further than the cap, and each value once; null is no value', async () => {
      const count = (where: readonly Condition[], cap: number, distinct?: string): Promise<number> =>
        test.store.count(generation, { asOf: 10n, where, cap, ...(distinct === undefined ? {} : { distinct }) });
      expect(await count([], 4)).toBe(4);
      expect(await count([], 5)).toBe(5);
      expect(await count([], 100, 'accountId')).toBe(2);
      expect(await count([], 1, 'accountId')).toBe(1);
      expect(await count([], 100, 'state')).toBe(3);
      expect(await count([{ column: 'accountId', in: ['b'] }], 100, 'state')).toBe(1);
      expect(await count([], 100, 'key')).toBe(5);
    });

    it('names the keys touched between two positions, matching before or after', async () => {
      const touched = (after: bigint, upTo: bigint, where: readonly Condition[] = []): Promise<readonly string[]> =>
        test.store.touched(generation, { after, upTo, where, limit: 100 });
      expect(await touched(10n, 14n)).toEqual(['bob', 'cyd', 'eve', 'flo']);
      expect(await touched(10n, 12n)).toEqual(['bob', 'cyd']);
      expect(await touched(11n, 12n)).toEqual(['cyd']);
      expect(await touched(5n, 6n)).toEqual(['ann']);
      expect(await touched(9n, 10n)).toEqual(['gus']);
      expect(await touched(14n, 99n)).toEqual([]);
      expect(await touched(10n, 10n)).toEqual([]);
      expect(await touched(0n, 14n)).toEqual(['ann', 'bob', 'cyd', 'dan', 'eve', 'flo', 'gus']);
      expect(await touched(5n, 6n, [{ column: 'accountId', in: ['b'] }])).toEqual(['ann']);
      expect(await touched(10n, 14n, [{ column: 'accountId', in: ['a'] }])).toEqual(['bob', 'cyd', 'eve', 'flo']);
      expect(await touched(10n, 14n, [{ column: 'accountId', in: ['b'] }])).toEqual(['eve']);
    });

    it('names what opened and closed versions of keys between two positions, once and in log order', async () => {
      const causes = async (after: bigint, upTo: bigint, keys = ['ann', 'bob', 'cyd', 'gus', 'nobody', 'bob']) => {
        const found = await test.store.causes(generation, keys, { after, upTo });
        for (const { eventId, position } of [...found.values()].flat()) expect(eventId).toBe(`evt_${position}`);
        return Object.fromEntries([...found].map(([key, own]) => [key, own.map(({ position }) => Number(position))]));
      };
      expect(await causes(0n, 99n)).toEqual({ ann: [1, 6], bob: [2, 11], cyd: [3, 12], gus: [5, 10] });
      expect(await causes(1n, 10n)).toEqual({ ann: [6], bob: [2], cyd: [3], gus: [5, 10] });
      expect(await causes(6n, 11n)).toEqual({ bob: [11], gus: [10] });
      expect(await causes(0n, 99n, ['cyd'])).toEqual({ cyd: [3, 12] });
      expect(await causes(10n, 10n)).toEqual({});
      expect(await causes(0n, 99n, [])).toEqual({});
    });

    it('pages through touched keys', async () => {
      const found: string[] = [];
      for (let page: readonly string[] = ['']; page.length > 0; found.push(...page)) {
        const afterKey = found.at(-1);
        const query = { after: 0n, upTo: 14n, where: [], limit: 3, ...(afterKey === undefined ? {} : { afterKey }) };
        page = await test.store.touched(generation, query);
        expect(page.length).toBeLessThanOrEqual(3);
      }
      expect(found).toEqual(['ann', 'bob', 'cyd', 'dan', 'eve', 'flo', 'gus']);
    });
  });

  describe('order', () => {
    const test = eachOpens(open);

    it('sorts text by its bytes, null first, ties by key in the same direction', async () => {
      const generation = await test.store.create('people', 1, people);
      const names = [null, null, '', '10', '9', 'Z', 'a', 'a', 'ab', 'é', '\uff5e', '😀'];
      const rows = names.map((name, n) => opens(`k${String(n).padStart(2, '0')}`, 1n, { name }));
      await test.store.write(generation, rows.toReversed());
      const keys = rows.map(({ key }) => key);
      for (const when of ['while it loads', 'once it is indexed']) {
        const sorted = await keysOf(test.store, generation, 1n, [], ascending('name'));
        expect({ when, sorted }).toEqual({ when, sorted: keys });
        expect(await keysOf(test.store, generation, 1n, [], descending('name'))).toEqual(keys.toReversed());
        await test.store.index(generation);
      }
    });

    it('sorts numbers as numbers, null first, and hands out what it sorted by', async () => {
      const generation = await test.store.create('people', 1, people);
      await test.store.index(generation);
      const ranks = [null, -5, 0, 9, 9, 10, 1_767_225_600_000];
      const rows = ranks.map((rank, n) => opens(`k${n}`, 1n, { accountId: 'a', rank }));
      await test.store.write(generation, rows.toReversed());
      const where = [{ column: 'accountId', in: ['a'] }];
      const query = { asOf: 1n, where, order: ascending('rank'), limit: 100 };
      const found = await test.store.list(generation, query);
      expect(found.map(({ key, sortValue }) => [key, sortValue])).toEqual(ranks.map((rank, n) => [`k${n}`, rank]));
      const down = await test.store.list(generation, { ...query, order: descending('rank') });
      expect(down).toEqual(found.toReversed());
      const first = await test.store.list(generation, { ...query, limit: 1 });
      expect(first).toEqual(found.slice(0, 1));
    });

    it('sorts by key, open and closed rows as one', async () => {
      const generation = await test.store.create('people', 1, people);
      await test.store.write(
        generation,
        ['a', 'b', 'c', 'd'].map((key) => opens(key, 1n, { name: key })),
      );
      await test.store.write(generation, [closes('b', 1n, 5n), closes('d', 1n, 5n)]);
      await test.store.index(generation);
      for (const column of ['key', 'name']) {
        expect(await keysOf(test.store, generation, 4n, [], ascending(column))).toEqual(['a', 'b', 'c', 'd']);
        expect(await keysOf(test.store, generation, 4n, [], descending(column))).toEqual(['d', 'c', 'b', 'a']);
        expect(await keysOf(test.store, generation, 5n, [], descending(column))).toEqual(['c', 'a']);
      }
    });
  });
};
