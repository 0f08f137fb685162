import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Document } from 'mongodb';
import type { Generation, RowChange, ViewSchema, ViewStore } from '#eventing/view-store.js';
import { whereMongodb } from '../../test/servers/mongodb.js';
import { connect, type Connection } from './connection.js';
import { oneMongodb } from './mongodb.spec-kit.js';
import { mongodbViewStore } from './view-store.js';

const people: ViewSchema = { columns: { name: 'text', rank: 'integer' }, indexes: [['name']] };
const opens = (
  key: string,
  from: bigint,
  name: string,
  body: Extract<RowChange, { change: 'open' }>['body'] = {},
): RowChange => {
  return { change: 'open', key, from, by: `evt_${from}`, body, columns: { name, rank: 7 }, words: name.split(' ') };
};
const closes = (key: string, from: bigint, until: bigint): RowChange => {
  return { change: 'close', key, from, until, by: `evt_${until}` };
};

whereMongodb('the rows in MongoDB', () => {
  const mongodb = oneMongodb();
  let raw: Connection;
  let store: ViewStore;
  let generation: Generation;
  beforeEach(async () => {
    const database = mongodb.newDatabase();
    raw = await connect(mongodb.url, { database });
    store = await mongodbViewStore(mongodb.url, { database });
    generation = await store.create('people', 1, people);
  });
  afterEach(async () => {
    await store.close();
    await raw.close();
  });
  const stored = (filter: Document = {}): Promise<Document[]> =>
    raw.database.collection('people@1').find(filter).sort({ _id: 1 }).toArray();

  it('keep positions as 64-bit integers', async () => {
    const far = 9_007_199_254_740_993n;
    await store.write(generation, [opens('ann', 1n, 'ann'), closes('ann', 1n, far), opens('bob', far, 'bob')]);
    await store.advance('people@1', { position: 0n, recordedAt: '' }, { position: 5n, recordedAt: '' });
    await store.park(generation, { stream: 's', position: 2n, eventId: 'e', type: 'T', error: 'it broke' });
    for (const field of ['from', 'until']) expect(await stored({ [field]: { $not: { $type: 'long' } } })).toEqual([]);
    expect((await stored()).map(({ from, until }): unknown[] => [from, until])).toEqual([
      [1n, far],
      [far, 9_223_372_036_854_775_807n],
    ]);
    for (const collection of ['checkpoints', 'parked'])
      expect(await raw.database.collection(collection).countDocuments({ position: { $type: 'long' } })).toBe(1);
  });

  it('take any field in a body, which the engine never sees as one', async () => {
    const body = { 'a.b': 1, $set: { name: 'x' }, __proto__x: null, '': 'empty', '0': [{ $ne: null }] };
    await store.write(generation, [opens('ann', 1n, 'ann', body)]);
    const [version] = await store.versions(generation, 'ann');
    expect(version?.body).toEqual(body);
    expect(Object.keys(version?.body ?? {})).toEqual(Object.keys(body));
    expect((await stored())[0]?.['body']).toBe(JSON.stringify(body));
  });

  it('write declared columns only, absent ones as null', async () => {
    const odd = { $where: 'x', 'a.b': 'y', name: 'ann' };
    await store.write(generation, [
      { change: 'open', key: 'ann', from: 1n, by: 'evt_1', body: {}, columns: odd, words: [] },
    ]);
    expect(await stored()).toEqual([expect.objectContaining({ columns: { name: 'ann', rank: null } })]);
    expect((await stored())[0]).not.toHaveProperty('words');
  });

  it('refuse a key that could be taken for another', async () => {
    await expect(store.write(generation, [opens('ann\0', 1n, 'ann')])).rejects.toThrow('U+0000');
    expect(await stored()).toEqual([]);
  });

  it('take columns named like fields of their own, but for the key', async () => {
    const columns = { from: 'text', until: 'integer', words: 'text', body: 'text', closedBy: 'text' } as const;
    const odd = await store.create('odd', 1, { columns, indexes: [['from', 'until'], ['body']] });
    await store.index(odd);
    const row = { from: 'x', until: 7, words: 'y', body: 'z', closedBy: 'w' };
    await store.write(odd, [{ change: 'open', key: 'k', from: 1n, by: 'evt_1', body: {}, columns: row, words: [] }]);
    const where = [
      { column: 'from', in: ['x'] },
      { column: 'words', in: ['y'] },
    ];
    const order = { column: 'until', descending: false };
    const [found] = await store.list(odd, { asOf: 1n, where, order, limit: 1 });
    expect(found).toMatchObject({ key: 'k', from: 1n, until: null, closedBy: null, sortValue: 7 });
    await expect(store.create('odd', 2, { columns: { key: 'text' }, indexes: [] })).rejects.toThrow('named key');
    await expect(
      store.list(odd, { asOf: 1n, where: [], order: { column: 'name', descending: false }, limit: 1 }),
    ).rejects.toThrow('odd@1 has no column name');
    expect(await store.generations('odd')).toEqual([odd]);
  });

  it('keep no trace of a text that was rewritten, in the batch that wrote it or later', async () => {
    const rewrites = (key: string, from: bigint): RowChange => {
      return { change: 'rewrite', key, from, body: { name: '[erased]' }, columns: { name: '[erased]' }, words: [] };
    };
    const secret = 'anneliese zanzibar';
    await store.write(generation, [opens('ann', 1n, secret, { name: secret }), closes('ann', 1n, 4n)]);
    await store.write(generation, [
      rewrites('ann', 1n),
      opens('ann', 4n, secret, { name: secret }),
      rewrites('ann', 4n),
    ]);
    const documents = await stored();
    expect(documents).toHaveLength(2);
    expect(
      JSON.stringify(documents, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    ).not.toContain('anneliese');
  });

  it('come to the same whatever a batch does to a version, and however often it comes', async () => {
    const rewrites = (name: string): RowChange => {
      return { change: 'rewrite', key: 'ann', from: 1n, body: { name }, columns: { name }, words: [name] };
    };
    const history = [
      closes('ann', 1n, 2n),
      rewrites('before there is one'),
      opens('ann', 1n, 'ann', { name: 'ann' }),
      opens('ann', 1n, 'not ann'),
      rewrites('first'),
      closes('ann', 1n, 5n),
      rewrites('second'),
      closes('ann', 1n, 9n),
    ];
    const oneByOne = await store.create('people', 1, people);
    for (const change of history) await store.write(oneByOne, [change]);
    await store.write(generation, history);
    const expected = [
      { key: 'ann', from: 1n, until: 5n, openedBy: 'evt_1', closedBy: 'evt_5', body: { name: 'second' } },
    ];
    expect(await store.versions(oneByOne, 'ann')).toEqual(expected);
    expect(await store.versions(generation, 'ann')).toEqual(expected);
    await store.write(generation, history);
    expect((await store.versions(generation, 'ann')).map(({ until }) => until)).toEqual([5n]);
  });
});
