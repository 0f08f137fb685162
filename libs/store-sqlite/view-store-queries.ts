import type { ColumnValue, Condition, RowQuery, ViewStore } from '#eventing/view-store.js';
import { columnOf, type RowTable } from './view-store-schema.js';

/** A statement with the values for its parameters. */
export interface Query {
  readonly sql: string;
  readonly values: readonly (string | number | bigint | null)[];
}

const all: Query = { sql: '1', values: [] };
const none: Query = { sql: '0', values: [] };

const joined = (parts: readonly Query[], separator: string): Query => ({
  sql: parts.map(({ sql }) => sql).join(separator),
  values: parts.flatMap(({ values }) => values),
});
const every = (parts: readonly Query[]): Query => (parts.length === 0 ? all : joined(parts, ' AND '));
const some = (parts: readonly Query[]): Query => {
  const { sql, values } = joined(parts, ' OR ');
  return parts.length === 0 ? none : { sql: `(${sql})`, values };
};

/** `+` before a column keeps SQLite from entering an index by it: where a range of positions is the narrower way in. */
type Entry = '' | '+';

/** A condition in SQL whose text does not grow with the number of values, so that prepared statements stay few. */
const condition = (table: RowTable, where: Condition, entry: Entry): Query => {
  if ('anyOf' in where) {
    // Said again within each part, it lets SQLite use an index on open rows for each.
    const open = entry === '' && !table.appendOnly ? { sql: '"until" IS NULL', values: [] } : all;
    return some(where.anyOf.map((part) => every([open, condition(table, part, entry)])));
  }
  if ('wordStartsWith' in where) return wordStartsWith(where.wordStartsWith);
  const column = columnOf(table, where.column);
  if ('in' in where) return oneOf(column, where.in);
  if ('notIn' in where) return noneOf(column, where.notIn);
  return every([
    ...(where.from === undefined ? [] : [{ sql: `${entry}${column} >= ?`, values: [where.from] }]),
    ...(where.below === undefined ? [] : [{ sql: `${entry}${column} < ?`, values: [where.below] }]),
  ]);
};
const conditions = (table: RowTable, where: readonly Condition[], entry: Entry): Query =>
  every(where.map((part) => condition(table, part, entry)));

/** Words are kept as ` ann lee `, so none holds a blank. */
const wordStartsWith = (start: string): Query =>
  /\s/u.test(start) ? none : { sql: 'instr(words, ?) > 0', values: [` ${start}`] };

/** The searchable text of a row. */
export const wordsText = (words: readonly string[]): string => (words.length === 0 ? '' : ` ${words.join(' ')}`);

const oneOf = (column: string, candidates: readonly ColumnValue[]): Query => {
  const values = candidates.filter((value) => value !== null);
  return some([
    ...(values.length < candidates.length ? [{ sql: `${column} IS NULL`, values: [] }] : []),
    ...(values.length === 1 ? [{ sql: `${column} = ?`, values }] : []),
    ...(values.length > 1
      ? [{ sql: `${column} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(values)] }]
      : []),
  ]);
};

const noneOf = (column: string, excluded: readonly ColumnValue[]): Query => {
  const values = excluded.filter((value) => value !== null);
  const listed = `(SELECT value FROM json_each(?))`;
  return every([
    ...(values.length < excluded.length ? [{ sql: `${column} IS NOT NULL`, values: [] }] : []),
    ...(values.length > 0
      ? [{ sql: `(${column} IS NULL OR ${column} NOT IN ${listed})`, values: [JSON.stringify(values)] }]
      : []),
  ]);
};

/** Versions open now that had begun. Nearly all rows satisfy the second part, so it is no way in. */
const stillOpen = (table: RowTable, asOf: bigint): Query => ({
  sql: `${table.appendOnly ? '' : '"until" IS NULL AND '}+"from" <= ?`,
  values: [asOf],
});
/** Versions that had begun and ended later: few at a recent position. */
const closedSince = (asOf: bigint): Query => ({ sql: '"until" > ? AND +"from" <= ?', values: [asOf, asOf] });

/** What sorts strictly after a place, as disjoint parts that an index can be entered at; nulls sort first. */
const beyond = (column: string, { order: { descending }, after }: RowQuery, entry: Entry): readonly Query[] => {
  if (after === undefined) return [all];
  const [sort, key] = [`${entry}${column}`, `${entry}key`];
  const than = descending ? '<' : '>';
  if (column === 'key') return [{ sql: `${key} ${than} ?`, values: [after.key] }];
  const sameNull = { sql: `${sort} IS NULL AND ${key} ${than} ?`, values: [after.key] };
  if (after.value === null) return descending ? [sameNull] : [sameNull, { sql: `${sort} IS NOT NULL`, values: [] }];
  const further = { sql: `(${sort}, ${key}) ${than} (?, ?)`, values: [after.value, after.key] };
  return descending ? [further, { sql: `${sort} IS NULL`, values: [] }] : [further];
};

const select = (table: RowTable, what: string, where: Query): Query => ({
  sql: `SELECT ${what} FROM ${table.table} WHERE ${where.sql}`,
  values: where.values,
});

/** The columns of a version, with what lists sort by, in the order of {@link versionReader}. */
const versionColumns = (table: RowTable, sort = 'NULL', entry: Entry = ''): string => {
  const end = table.appendOnly ? 'NULL AS "until", NULL AS closed_by' : '"until", closed_by';
  const held = table.columns.map((column) => `, ${columnOf(table, column)}`).join('');
  return `${entry}key AS key, ${entry}${sort} AS sort_value, "from", opened_by, ${end}, body${held}`;
};

/** One statement, so one snapshot: a row closed meanwhile is neither lost nor seen twice. Each part stops at the limit. */
export const listQuery = (table: RowTable, query: RowQuery): Query => {
  const { asOf, where, order, limit } = query;
  const sort = columnOf(table, order.column);
  const open = beyond(sort, query, '').map((place) =>
    select(table, versionColumns(table, sort), every([stillOpen(table, asOf), conditions(table, where, ''), place])),
  );
  const place = some(beyond(sort, query, '+'));
  const closed = every([closedSince(asOf), conditions(table, where, '+'), place]);
  const parts = table.appendOnly ? open : [...open, select(table, versionColumns(table, sort, '+'), closed)];
  const direction = order.descending ? 'DESC' : 'ASC';
  const sorting = sort === 'key' ? `key ${direction}` : `sort_value ${direction}, key ${direction}`;
  const { sql, values } = joined(parts, ' UNION ALL ');
  return { sql: `${sql} ORDER BY ${sorting} LIMIT ?`, values: [...values, limit] };
};

/** Counts rows, or the values (null is none) of a column, and stops at the cap. */
export const countQuery = (table: RowTable, query: Parameters<ViewStore['count']>[1]): Query => {
  const { asOf, where, distinct, cap } = query;
  const column = distinct === undefined ? undefined : columnOf(table, distinct);
  const present = column === undefined ? all : { sql: `${column} IS NOT NULL`, values: [] };
  const open = every([stillOpen(table, asOf), conditions(table, where, ''), present]);
  const closed = every([closedSince(asOf), conditions(table, where, '+'), present]);
  const parts = (table.appendOnly ? [open] : [open, closed]).map((part) =>
    select(table, `${column ?? 1} AS value`, part),
  );
  const { sql, values } = joined(parts, ' UNION ALL ');
  const once = column === undefined ? '*' : 'DISTINCT value';
  return { sql: `SELECT count(*) AS found FROM (SELECT ${once} FROM (${sql}) LIMIT ?)`, values: [...values, cap] };
};

/** Keys with a version that began or ended within (after, upTo]. */
export const touchedQuery = (table: RowTable, query: Parameters<ViewStore['touched']>[1]): Query => {
  const { after, upTo, where, afterKey, limit } = query;
  const begun = { sql: '"from" > ? AND "from" <= ?', values: [after, upTo] };
  const standing = { sql: '"until" IS NULL', values: [] };
  const ended = { sql: '"until" > ?', values: [after] };
  // Those that had begun before: an index of ends has beginnings in it, so the others' rows are not looked at again.
  const endedOnly = { sql: '"until" > ? AND "until" <= ? AND "from" <= ?', values: [after, upTo, after] };
  const ranges = table.appendOnly ? [begun] : [every([standing, begun]), every([ended, begun]), endedOnly];
  const place = afterKey === undefined ? all : { sql: '+key > ?', values: [afterKey] };
  const what = ranges.length === 1 ? 'DISTINCT key' : 'key';
  const parts = ranges.map((range) => select(table, what, every([range, conditions(table, where, '+'), place])));
  const { sql, values } = joined(parts, ' UNION ');
  return { sql: `${sql} ORDER BY key LIMIT ?`, values: [...values, limit] };
};

/** What opened or closed versions of the keys within (after, upTo], in log order, what does both once: key, position, event. */
export const causesQuery = (
  table: RowTable,
  keys: readonly string[],
  { after, upTo }: { after: bigint; upTo: bigint },
): Query => {
  const ofKeys = oneOf('key', keys);
  const began = { sql: '"from" > ? AND "from" <= ?', values: [after, upTo] };
  // It had begun before it ended, so the key's index stops there.
  const ended = { sql: '"from" < ? AND +"until" > ? AND +"until" <= ?', values: [upTo, after, upTo] };
  const opened = select(table, 'key, "from" AS position, opened_by', every([ofKeys, began]));
  const closed = select(table, 'key, "until" AS position, closed_by', every([ofKeys, ended]));
  const { sql, values } = joined(table.appendOnly ? [opened] : [opened, closed], ' UNION ');
  return { sql: `${sql} ORDER BY position`, values };
};

/** The latest version that had begun; the ranges of a key don't overlap, so no other can have stood. */
export const getQuery = (table: RowTable, key: string, asOf: bigint): Query => {
  const { sql, values } = select(table, versionColumns(table), { sql: 'key = ? AND "from" <= ?', values: [key, asOf] });
  return { sql: `${sql} ORDER BY "from" DESC LIMIT 1`, values };
};

export const versionsQuery = (table: RowTable, key: string): Query => {
  const { sql, values } = select(table, versionColumns(table), { sql: 'key = ?', values: [key] });
  return { sql: `${sql} ORDER BY "from"`, values };
};

/** All versions with a column value; with a position, those that stood there. */
export const versionsWhereQuery = (
  table: RowTable,
  column: string,
  value: ColumnValue,
  standingAt: bigint | undefined,
): Query => {
  const holds = oneOf(columnOf(table, column), [value]);
  const ended = { sql: '"until" IS NOT NULL', values: [] };
  const unended = { sql: table.appendOnly ? '1' : '"until" IS NULL', values: [] };
  const open = standingAt === undefined ? unended : stillOpen(table, standingAt);
  const closed = standingAt === undefined ? ended : closedSince(standingAt);
  const halves = table.appendOnly ? [open] : [open, closed];
  return inOrder(halves.map((half) => select(table, versionColumns(table), every([half, holds]))));
};

/** The same while the bulk is loaded, when one index finds both halves. */
export const loadedVersionsWhereQuery: typeof versionsWhereQuery = (table, column, value, standingAt) => {
  const holds = oneOf(columnOf(table, column), [value]);
  const begun = standingAt === undefined ? all : { sql: '+"from" <= ?', values: [standingAt] };
  const unended =
    standingAt === undefined || table.appendOnly ? all : { sql: 'ifnull("until" > ?, 1)', values: [standingAt] };
  return inOrder([select(table, versionColumns(table), every([holds, begun, unended]))]);
};

const inOrder = (parts: readonly Query[]): Query => {
  const { sql, values } = joined(parts, ' UNION ALL ');
  return { sql: `${sql} ORDER BY key, "from"`, values };
};

/** The next versions in (key, from) order. */
export const scanQuery = (table: RowTable, after: { key: string; from: bigint } | undefined, limit: number): Query => {
  const place = after === undefined ? all : { sql: '(key, "from") > (?, ?)', values: [after.key, after.from] };
  const { sql, values } = select(table, versionColumns(table), place);
  return { sql: `${sql} ORDER BY key, "from" LIMIT ?`, values: [...values, limit] };
};
