import type { SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Cause, ColumnValue, RowChange, RowVersion } from '#eventing/view-store.js';
import type { Connection, SqlValues } from './view-store-connection.js';
import type { Bodies } from './view-store-bodies.js';
import { wordsText } from './view-store-queries.js';
import { columnOf, type RowTable } from './view-store-schema.js';

const textOrNull = (value: SQLOutputValue | undefined): string | null => (typeof value === 'string' ? value : null);

/** A version as {@link listQuery} and the others select it: what the table's columns hold comes last. */
type SelectedVersion = readonly [
  key: string,
  sortValue: SQLOutputValue,
  from: bigint,
  openedBy: string,
  until: bigint | null,
  closedBy: string | null,
  body: string,
  ...held: SQLOutputValue[],
];

export type ReadVersion = (row: SqlValues) => RowVersion;

/** Reads the versions of a table. */
export const versionReader = ({ columns }: RowTable, { unpack }: Bodies): ReadVersion => {
  const places = new Map(columns.map((column, place) => [column, place]));
  return (row) => {
    const [key, , from, openedBy, until, closedBy, body, ...held] = row as SelectedVersion;
    return { key, from, until, openedBy, closedBy, body: unpack(body, (column) => held[places.get(column) ?? -1]) };
  };
};

/** The sort column's value; declared integers are numbers. */
export const sortValueOf = ([, value]: SqlValues): ColumnValue =>
  typeof value === 'bigint' || typeof value === 'number' ? Number(value) : textOrNull(value);

/** Of rows that are sorted by position. */
export const causesOfRows = (rows: readonly SqlValues[]): ReadonlyMap<string, readonly Cause[]> => {
  const causes = new Map<string, Cause[]>();
  for (const row of rows) {
    const [key, position, eventId] = row as readonly [string, bigint, string];
    const ofKey = causes.get(key) ?? [];
    ofKey.push({ eventId, position });
    causes.set(key, ofKey);
  }
  return causes;
};

type Statement = () => unknown;

/**
 * Writes the changes of one generation with statements prepared once. What can't be written is found out before any is.
 * @throws TypeError for a value that no column holds
 */
export const rowsWriter = (
  connection: Connection,
  table: RowTable,
  { pack }: Bodies,
): ((changes: readonly RowChange[]) => void) => {
  const names = table.columns.map((column) => columnOf(table, column));
  const listed = ['key', '"from"', 'opened_by', ...names, 'words', 'body'];
  const open = connection.prepared(
    `INSERT INTO ${table.table} (${listed.join(', ')}) VALUES (${listed.map(() => '?').join(', ')}) ON CONFLICT DO NOTHING`,
  );
  const rewrite = connection.prepared(
    `UPDATE ${table.table} SET ${[...names, 'words', 'body'].map((name) => `${name} = ?`).join(', ')} WHERE key = ? AND "from" = ?`,
  );
  const close: StatementSync | undefined = table.appendOnly
    ? undefined
    : connection.prepared(
        `UPDATE ${table.table} SET "until" = ?, closed_by = ? WHERE key = ? AND "from" = ? AND "until" IS NULL`,
      );
  const content = (change: Exclude<RowChange, { change: 'close' }>): ColumnValue[] => [
    ...table.columns.map((column) => columnValue(table, column, change.columns[column])),
    wordsText(change.words),
    pack(change.body, change.columns),
  ];
  const statement = (change: RowChange): Statement => {
    if (change.change === 'open') {
      const values = [change.key, change.from, change.by, ...content(change)];
      return () => open.run(...values);
    }
    if (change.change === 'rewrite') {
      const values = [...content(change), change.key, change.from];
      return () => rewrite.run(...values);
    }
    if (close === undefined) throw new Error(`rows of ${table.name} are never closed`);
    return () => close.run(change.until, change.by, change.key, change.from);
  };
  return (changes) => {
    for (const run of changes.map(statement)) run();
  };
};

const columnValue = (table: RowTable, column: string, value: unknown): ColumnValue => {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw new TypeError(`${table.name} can't hold ${JSON.stringify(value)} in ${column}`);
};
