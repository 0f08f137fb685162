import { describe, expect, it } from '@jest/globals';
import type { Generation, RowQuery, ViewSchema } from '#eventing/view-store.js';
import { countStages, getFind, listFinds, touchedStages, versionsWhereFilters } from './view-store-queries.js';
import { indexesFor, rowCollection } from './view-store-schema.js';

const people: ViewSchema = {
  columns: { accountId: 'text', name: 'text', dueAt: 'text' },
  indexes: [['accountId', 'name'], ['accountId', 'dueAt'], ['dueAt']],
};
const generation: Generation = { view: 'people', number: 4, version: 1, state: 'live' };
const rows = rowCollection(generation, people);
const log = rowCollection(generation, { ...people, indexes: [['accountId']], appendOnly: true });
const standing = 2n ** 63n - 1n;

const open = { until: standing };
const ended = { until: { $lt: standing } };

describe('the indexes of a view in MongoDB', () => {
  const described = (of: typeof rows) =>
    of.indexes.map(({ description: { name, key, partialFilterExpression: only } }) => [name, key, only]);

  it('are apart for what stands and what has ended, positions included', () => {
    expect(described(rows)).toEqual([
      ['open accountId,name', { 'columns.accountId': 1, 'columns.name': 1, key: 1, from: 1, until: 1 }, open],
      ['closed accountId', { 'columns.accountId': 1, until: 1, from: 1 }, ended],
      ['open accountId,dueAt', { 'columns.accountId': 1, 'columns.dueAt': 1, key: 1, from: 1, until: 1 }, open],
      ['open dueAt', { 'columns.dueAt': 1, key: 1, from: 1, until: 1 }, open],
      ['closed dueAt', { 'columns.dueAt': 1, until: 1, from: 1 }, ended],
      ['words', { words: 1 }, { ...open, words: { $exists: true } }],
      ['from', { from: 1 }, undefined],
      ['until', { until: 1 }, ended],
    ]);
  });

  it('know no end where rows are never closed', () => {
    expect(described(log)).toEqual([
      ['accountId', { 'columns.accountId': 1, key: 1, from: 1 }, undefined],
      ['words', { words: 1 }, { words: { $exists: true } }],
      ['from', { from: 1 }, undefined],
    ]);
  });

  it('are made for a column that is asked for while a view loads, declared or not', () => {
    const names = (column: string) => indexesFor(rows, column).map(({ description }) => description.name);
    expect(names('dueAt')).toEqual(['open dueAt', 'closed dueAt']);
    expect(names('name')).toEqual(['open name', 'closed name']);
    expect(names('key')).toEqual(['key']);
    expect(() => indexesFor(rows, 'rank')).toThrow('people@4 has no column rank');
  });
});

describe('a question to MongoDB', () => {
  const query: RowQuery = {
    asOf: 5n,
    where: [{ column: 'accountId', in: ['a'] }],
    order: { column: 'name', descending: false },
    limit: 50,
  };
  const begun = { $lte: 5n };
  const ofAccount = { 'columns.accountId': 'a' };
  const since = { until: { $gt: 5n, $lt: standing }, from: begun };
  const sort = { 'columns.name': 1, key: 1 };

  it('for a page is an equality and the order of the index on open rows, then what was closed since', () => {
    expect(listFinds(rows, query)).toEqual({
      open: [{ filter: { ...open, from: begun, ...ofAccount }, sort }],
      closed: { filter: { ...since, ...ofAccount }, sort },
    });
  });

  it('for a further page enters that index at the place, ties first', () => {
    const { open: parts, closed } = listFinds(rows, { ...query, after: { value: 'm', key: 'k1' } });
    const tie = { 'columns.name': 'm', key: { $gt: 'k1' } };
    const further = { 'columns.name': { $gt: 'm' } };
    const filter = { ...open, from: begun, ...ofAccount };
    expect(parts).toEqual([
      { filter: { ...filter, ...tie }, sort },
      { filter: { ...filter, ...further }, sort },
    ]);
    expect(closed?.filter).toEqual({ ...since, ...ofAccount, $or: [tie, further] });
  });

  it.each([
    [false, 'm', [{ n: 'm', key: { $gt: 'k' } }, { n: { $gt: 'm' } }]],
    [true, 'm', [{ n: 'm', key: { $lt: 'k' } }, { n: { $lt: 'm' } }, { n: null }]],
    [false, null, [{ n: null, key: { $gt: 'k' } }, { n: { $ne: null } }]],
    [true, null, [{ n: null, key: { $lt: 'k' } }]],
  ] as const)('has nulls sorted first (descending %s, after %s)', (descending, value, places) => {
    const after = { value, key: 'k' };
    const { open: parts } = listFinds(rows, { ...query, where: [], order: { column: 'name', descending }, after });
    const asked = places.map(({ n, ...rest }) => ({ ...open, from: begun, 'columns.name': n, ...rest }));
    expect(parts.map(({ filter }) => filter)).toEqual(asked);
  });

  it('of an append-only view has one part', () => {
    const latest = { ...query, order: { column: 'key', descending: true }, after: { value: 'k1', key: 'k1' } };
    expect(listFinds(log, latest)).toEqual({
      open: [{ filter: { from: begun, ...ofAccount, key: { $lt: 'k1' } }, sort: { key: -1 } }],
      closed: undefined,
    });
  });

  it('by the start of a word is one range of one element', () => {
    const where = [{ wordStartsWith: 'an' }, { wordStartsWith: 'le' }];
    const range = (start: string) => ({ $elemMatch: { $gte: start, $lt: `${start}\u{10FFFF}` } });
    expect(listFinds(rows, { ...query, where }).open[0]?.filter).toEqual({
      ...open,
      from: begun,
      words: range('an'),
      $and: [{ words: range('le') }],
    });
  });

  it('keeps every condition, several on one field too', () => {
    const where = [
      { column: 'name', from: 'a' },
      { column: 'name', notIn: ['b'] },
      {
        anyOf: [
          { column: 'key', in: ['k1', 'k2'] },
          { column: 'dueAt', below: '2026' },
        ],
      },
      { anyOf: [] },
      { column: 'key', in: [null] },
    ];
    expect(listFinds(rows, { ...query, where }).open[0]?.filter).toEqual({
      ...open,
      from: begun,
      'columns.name': { $gte: 'a' },
      $or: [{ key: { $in: ['k1', 'k2'] } }, { 'columns.dueAt': { $lt: '2026' } }],
      key: { $in: [] },
      $and: [{ 'columns.name': { $nin: ['b'] } }, { key: null }],
    });
  });

  it('counts in one operation', () => {
    const [match, group, limit, count] = countStages(rows, { asOf: 5n, where: query.where, distinct: 'name', cap: 9 });
    const named = { 'columns.name': { $ne: null } };
    expect(match).toEqual({
      $match: {
        $or: [
          { ...open, from: begun, ...ofAccount, ...named },
          { ...since, ...ofAccount, ...named },
        ],
      },
    });
    expect([group, limit, count]).toEqual([{ $group: { _id: '$columns.name' } }, { $limit: 9 }, { $count: 'found' }]);
  });

  it('for what was touched is a range of each position', () => {
    const within = { $gt: 1n, $lte: 5n };
    const touched = touchedStages(rows, { after: 1n, upTo: 5n, where: query.where, afterKey: 'k', limit: 3 });
    const rest = { ...ofAccount, key: { $gt: 'k' } };
    expect(touched[0]).toEqual({
      $match: {
        $or: [
          { from: within, ...rest },
          { until: within, ...rest },
        ],
      },
    });
  });

  it('for versions of keys and of a value names what its index begins with', () => {
    expect(getFind(['k1', 'k2'], 5n)).toEqual({
      filter: { key: { $in: ['k1', 'k2'] }, until: { $gt: 5n }, from: begun },
      sort: { key: -1, until: -1 },
    });
    const holds = { 'columns.name': 'x' };
    expect(versionsWhereFilters(rows, 'name', 'x', undefined)).toEqual([
      { ...open, ...holds },
      { ...ended, ...holds },
    ]);
    expect(versionsWhereFilters(rows, 'name', 'x', 5n)).toEqual([
      { ...open, from: begun, ...holds },
      { ...since, ...holds },
    ]);
  });
});
