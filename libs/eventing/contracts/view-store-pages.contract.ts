import { describe, expect, it } from '@jest/globals';
import type { ColumnValue, Generation, ViewStore } from '../view-store.js';
import {
  changes,
  closes,
  eachOpens,
  keysOf,
  opens,
  pages,
  people,
  type OpenViewStore,
} from './view-store-given.contract.js';

const total = 250;
const pinned = 1_000n;
const keyOf = (n: number): string => `k${String(n).padStart(3, '0')}`;

/** Row n opened at n + 1; many ties and nulls. Every fifth had an earlier life that ended before the pinned position. */
const rankOf = (n: number): number | null => (n % 7 === 0 ? null : n % 20);
const nameOf = (n: number): string | null => (n % 11 === 0 ? null : `name ${String((n * 37) % 90)}`);
const rowOf = (n: number) => ({ accountId: 'a', name: nameOf(n), rank: rankOf(n), state: 'active' });

const fill = async (store: ViewStore): Promise<Generation> => {
  const generation = await store.create('people', 1, people);
  await store.index(generation);
  const numbers = Array.from({ length: total }, (_, n) => n);
  await store.write(
    generation,
    numbers.flatMap((n) => [
      opens(keyOf(n), BigInt(n + 1), rowOf(n)),
      ...(n % 5 === 0 ? changes(keyOf(n), BigInt(n + 1), BigInt(n + 301), rowOf(n)) : []),
    ]),
  );
  return generation;
};

/** Writes after the pinned position that would spoil a careless page: rows move, end and begin all over the list. */
const disturb = (store: ViewStore, generation: Generation, page: number): Promise<void> => {
  const position = pinned + BigInt(page);
  const moved = Array.from({ length: total / 25 }, (_, part) => part * 25 + (page % 25));
  return store.write(generation, [
    ...moved.flatMap((n) => {
      const from = n % 5 === 0 ? BigInt(n + 301) : BigInt(n + 1);
      const end = closes(keyOf(n), from, position);
      return n % 2 === 0 ? [end] : [opens(keyOf(n), position, { ...rowOf(n), name: 'moved', rank: 3 }), end];
    }),
    ...moved.map((n) => opens(`${keyOf(n)}-new`, position, { ...rowOf(n), name: 'name 40' })),
  ]);
};

const expectedOrder = (valueOf: (n: number) => ColumnValue, down: boolean): { key: string; value: ColumnValue }[] => {
  const weigh = (a: ColumnValue, b: ColumnValue): number => {
    if (a === b) return 0;
    if (a === null || b === null) return a === null ? -1 : 1;
    return a < b ? -1 : 1;
  };
  const rows = Array.from({ length: total }, (_, n) => ({ key: keyOf(n), value: valueOf(n) }));
  rows.sort((a, b) => weigh(a.value, b.value) || weigh(a.key, b.key));
  return down ? rows.toReversed() : rows;
};

export const pagesContract = (open: OpenViewStore): void => {
  describe('pages', () => {
    const test = eachOpens(open);
    const orders: [column: string, down: boolean, valueOf: (n: number) => ColumnValue][] = [
      ['rank', false, rankOf],
      ['rank', true, rankOf],
      ['name', false, nameOf],
      ['name', true, nameOf],
      ['key', false, keyOf],
      ['key', true, keyOf],
    ];

    it.each(orders)(
      'walks one moment by %s (descending: %s) while rows change',
      async (column, descending, valueOf) => {
        const generation = await fill(test.store);
        const where = [{ column: 'accountId', in: ['a'] }];
        const query = { asOf: pinned, where, order: { column, descending }, limit: 17 };
        const walked = await pages(test.store, generation, query, (page) => disturb(test.store, generation, page));
        expect(walked).toEqual(expectedOrder(valueOf, descending));
        expect(await keysOf(test.store, generation, pinned + 3n)).not.toEqual(
          await keysOf(test.store, generation, pinned),
        );
        const again = await pages(test.store, generation, { ...query, where: [], limit: 100 });
        expect(again).toEqual(walked);
      },
    );

    it('walks an old moment the same way', async () => {
      const generation = await fill(test.store);
      const query = { asOf: 100n, where: [], order: { column: 'rank', descending: true }, limit: 7 };
      const then = expectedOrder(rankOf, true).filter(({ key }) => key < keyOf(100));
      expect(await pages(test.store, generation, query)).toEqual(then);
      await disturb(test.store, generation, 1);
      expect(await pages(test.store, generation, query)).toEqual(then);
    });

    it('goes on after a place whose row is not there', async () => {
      const generation = await fill(test.store);
      const query = { asOf: pinned, where: [], order: { column: 'rank', descending: false }, limit: 1 };
      const [next] = await test.store.list(generation, { ...query, after: { value: 3, key: 'k0235' } });
      expect(next?.key).toBe('k043');
      const [beyond] = await test.store.list(generation, { ...query, after: { value: 3, key: 'k999' } });
      expect(beyond?.sortValue).toBe(4);
      expect(await test.store.list(generation, { ...query, after: { value: 19, key: 'k999' } })).toEqual([]);
    });
  });
};
