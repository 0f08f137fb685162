import { describe, expect, it } from '@jest/globals';
import { DatabaseSync } from 'node:sqlite';
import type { JsonObject } from '#eventing/json.js';
import type { ColumnValue } from '#eventing/view-store.js';
import { bodiesOf } from './view-store-bodies.js';

const types = { name: 'text', rank: 'integer', team: 'text' } as const;
const { pack, unpack } = bodiesOf({ columns: Object.keys(types), types });

type Columns = Readonly<Record<string, ColumnValue>>;

/** The body as it comes back once the text and the columns were stored. */
const stored = (body: JsonObject, { name = null, rank = null, team = null }: Columns): JsonObject => {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE row (c_name text, c_rank integer, c_team text, body TEXT)');
  database.prepare('INSERT INTO row VALUES (?, ?, ?, ?)').run(name, rank, team, pack(body, { name, rank, team }));
  const read = database.prepare('SELECT * FROM row');
  read.setReadBigInts(true);
  const row = read.get();
  database.close();
  return unpack(String(row?.['body']), (column) => row?.[`c_${column}`]);
};

describe('a packed body', () => {
  it('leaves out what columns hold', () => {
    expect(pack({ name: 'ann', rank: 7, team: null, note: 'x' }, { name: 'ann', rank: 7, team: null })).toBe(
      '7{"note":"x"}',
    );
    expect(pack({ name: 'Ann', rank: 7 }, { name: 'ann', rank: 7 })).toBe('2{"name":"Ann"}');
  });

  const columns = { name: 'ann', rank: 7, team: null };
  it.each<[string, JsonObject, Columns]>([
    ['is held whole', { name: 'ann', rank: 7, team: null }, columns],
    ['is held in part', { name: 'Ann', rank: 7, joined: { at: 'x', by: [1, null] } }, columns],
    ['lacks what a column has', { other: 'ann' }, columns],
    ['is empty', {}, {}],
    ['is longer than its column', { name: 'ann\u0000x', rank: 0.5 }, { name: 'ann\u0000x', rank: 0.5 }],
    ['holds half a character', { name: '\ud83d' }, { name: '\ud83d' }],
    ['has numbers where texts are', { name: 7, team: 'null' }, { name: 7, team: 'null' }],
    ['has large numbers', { rank: 2 ** 53 }, { rank: 2 ** 53 }],
  ])('comes back when it %s', (_, body, values) => {
    expect(stored(body, values)).toEqual(body);
  });

  it('is read also as it was stored before', () => {
    expect(unpack('{"name":"Ann","rank":1}', () => 'other')).toEqual({ name: 'Ann', rank: 1 });
  });
});
