import type { Document, Filter } from 'mongodb';
import { compareText, compareValues } from '#eventing/column-order.js';
import type { ColumnValue, Condition, RowQuery, ViewStore } from '#eventing/view-store.js';
import { fieldOf, standing, type RowCollection, type RowDocument } from './view-store-schema.js';

export type RowFilter = Filter<RowDocument>;
type Part = Readonly<Record<string, unknown>>;

/** What to find, in which order. */
export interface Find {
  readonly filter: RowFilter;
  readonly sort: Record<string, 1 | -1>;
}

/** All parts in one document; a field that is asked for twice goes into `$and`. */
const every = (parts: readonly Part[]): Part => {
  const all: Record<string, unknown> = {};
  const more: unknown[] = [];
  for (const [field, test] of parts.flatMap((part) => Object.entries(part))) {
    if (field === '$and') more.push(...(test as unknown[]));
    else if (field in all) more.push({ [field]: test });
    else all[field] = test;
  }
  return more.length === 0 ? all : { ...all, $and: more };
};
const filterOf = (...parts: readonly Part[]): RowFilter => every(parts);

/** After every text that a word can go on with. */
const lastCharacter = '\u{10FFFF}';

const condition = (rows: RowCollection, where: Condition): Part => {
  if ('anyOf' in where) {
    const parts = where.anyOf.map((part) => condition(rows, part));
    return parts.length === 0 ? { key: { $in: [] } } : { $or: parts };
  }
  if ('wordStartsWith' in where) {
    const start = where.wordStartsWith;
    return { words: { $elemMatch: { $gte: start, $lt: `${start}${lastCharacter}` } } };
  }
  const field = fieldOf(rows, where.column);
  // One value is an equality, which leaves the order of an index to the sort.
  if ('in' in where) return { [field]: where.in.length === 1 ? where.in[0] : { $in: where.in } };
  if ('notIn' in where) return { [field]: { $nin: where.notIn } };
  const { from, below } = where;
  const range = { ...(from !== undefined && { $gte: from }), ...(below !== undefined && { $lt: below }) };
  return Object.keys(range).length === 0 ? {} : { [field]: range };
};
const conditions = (rows: RowCollection, where: readonly Condition[]): Part[] =>
  where.map((part) => condition(rows, part));

/** Versions that stand now and had begun. */
const stillOpen = ({ appendOnly }: RowCollection, asOf: bigint): Part => {
  const begun = { from: { $lte: asOf } };
  return appendOnly ? begun : { until: standing, ...begun };
};
/** Versions that had begun and ended later: few at a recent position. */
const closedSince = (asOf: bigint): Part => ({ until: { $gt: asOf, $lt: standing }, from: { $lte: asOf } });

/** What sorts strictly after a place, as disjoint parts that an index can be entered at; nulls sort first. */
const beyond = (field: string, { order: { descending }, after }: RowQuery): readonly Part[] => {
  if (after === undefined) return [{}];
  const than = descending ? '$lt' : '$gt';
  const furtherKey = { key: { [than]: after.key } };
  if (field === 'key') return [furtherKey];
  const tie = { [field]: after.value, ...furtherKey };
  if (after.value === null) return descending ? [tie] : [tie, { [field]: { $ne: null } }];
  const further = { [field]: { [than]: after.value } };
  return descending ? [tie, further, { [field]: null }] : [tie, further];
};

/**
 * The finds of a list. The open ones are served by `open …` (equalities, then the order), the closed one by `closed …`
 * or `until`. They are asked in this order: a row that is closed meanwhile is then seen twice, never missed.
 */
export const listFinds = (
  rows: RowCollection,
  query: RowQuery,
): { readonly open: readonly Find[]; readonly closed: Find | undefined } => {
  const { asOf, where, order } = query;
  const field = fieldOf(rows, order.column);
  const direction = order.descending ? -1 : 1;
  const sort = { [field]: direction, key: direction } as Find['sort'];
  const matching = conditions(rows, where);
  const places = beyond(field, query);
  const open = places.map((place) => ({ filter: filterOf(stillOpen(rows, asOf), ...matching, place), sort }));
  if (rows.appendOnly) return { open, closed: undefined };
  const place = query.after === undefined ? {} : { $or: places };
  return { open, closed: { filter: filterOf(closedSince(asOf), ...matching, place), sort } };
};

/** One page of what the finds of a list gave, each version once. */
export const pageOf = ({ order, limit }: RowQuery, found: readonly RowDocument[]): readonly RowDocument[] => {
  const valueOf = (row: RowDocument): ColumnValue =>
    order.column === 'key' ? row.key : (row.columns[order.column] ?? null);
  const direction = order.descending ? -1 : 1;
  return [...new Map(found.map((row) => [row._id, row])).values()]
    .sort((a, b) => (compareValues(valueOf(a), valueOf(b)) || compareText(a.key, b.key)) * direction)
    .slice(0, limit);
};

/** Counts rows, or the values (null is none) of a column, and stops at the cap. One operation, so that no row is counted twice. */
export const countStages = (rows: RowCollection, query: Parameters<ViewStore['count']>[1]): Document[] => {
  const { asOf, where, distinct, cap } = query;
  const field = distinct === undefined ? undefined : fieldOf(rows, distinct);
  const matching = [...conditions(rows, where), ...(field === undefined ? [] : [{ [field]: { $ne: null } }])];
  const open = filterOf(stillOpen(rows, asOf), ...matching);
  const both = rows.appendOnly ? open : { $or: [open, filterOf(closedSince(asOf), ...matching)] };
  const once = field === undefined ? [] : [{ $group: { _id: `$${field}` } }];
  return [{ $match: both }, ...once, { $limit: cap }, { $count: 'found' }];
};

/** Keys with a version that began or ended within (after, upTo], by `from` and `until`. */
export const touchedStages = (rows: RowCollection, query: Parameters<ViewStore['touched']>[1]): Document[] => {
  const { after, upTo, where, afterKey, limit } = query;
  const within = { $gt: after, $lte: upTo };
  const place = afterKey === undefined ? {} : { key: { $gt: afterKey } };
  const ranges = rows.appendOnly ? [{ from: within }] : [{ from: within }, { until: within }];
  const parts = ranges.map((range) => filterOf(range, ...conditions(rows, where), place));
  return [{ $match: { $or: parts } }, { $group: { _id: '$key' } }, { $sort: { _id: 1 } }, { $limit: limit }];
};

/**
 * The versions of keys that stood, by `key`. From the latest back: a row that is closed meanwhile moves from the end of
 * its key to where it is still to be met.
 */
export const getFind = (keys: readonly string[], asOf: bigint): Find => ({
  filter: { key: { $in: keys }, until: { $gt: asOf }, from: { $lte: asOf } },
  sort: { key: -1, until: -1 },
});

/** The versions of keys that stood within (after, upTo] or were closed there, from the latest back as in {@link getFind}. */
export const causesFind = (keys: readonly string[], { after, upTo }: { after: bigint; upTo: bigint }): Find => ({
  filter: { key: { $in: keys }, until: { $gt: after }, from: { $lte: upTo } },
  sort: { key: -1, until: -1 },
});

/** All versions with a column value, by {@link indexesFor} the column; in the order of {@link listFinds}. */
export const versionsWhereFilters = (
  rows: RowCollection,
  column: string,
  value: ColumnValue,
  standingAt: bigint | undefined,
): readonly RowFilter[] => {
  const holds = { [fieldOf(rows, column)]: value };
  if (rows.appendOnly) return [filterOf(holds, standingAt === undefined ? {} : stillOpen(rows, standingAt))];
  if (standingAt === undefined)
    return [filterOf({ until: standing }, holds), filterOf({ until: { $lt: standing } }, holds)];
  return [filterOf(stillOpen(rows, standingAt), holds), filterOf(closedSince(standingAt), holds)];
};

/** The order of {@link ViewStore.scan}. */
export const byKeyAndFrom = (a: RowDocument, b: RowDocument): number =>
  compareText(a.key, b.key) || (a.from < b.from ? -1 : Number(a.from > b.from));
