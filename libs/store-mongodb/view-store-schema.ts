import type { IndexDescription } from 'mongodb';
import { formatPosition } from '#eventing/position.js';
import { generationName, type ColumnValue, type Generation, type ViewSchema } from '#eventing/view-store.js';

/**
 * The `until` of a version that stands: int64's largest, so that "stood at a position" is one range (`from` ≤ position
 * < `until`), and one that an index answers by itself. Null would have to be looked up in every document.
 */
export const standing = 9_223_372_036_854_775_807n;

/** One version of a row as it is stored. */
export interface RowDocument {
  /** {@link rowId}: unique by itself, wherever the collection is sharded. */
  readonly _id: string;
  readonly key: string;
  readonly from: bigint;
  readonly until: bigint;
  readonly openedBy: string;
  readonly closedBy: string | null;
  /** Every declared column, null where the row has no value. */
  readonly columns: Readonly<Record<string, ColumnValue>>;
  /** Absent where there are none, so that the index of words leaves the row out. */
  readonly words?: readonly string[];
  /** JSON: what a row holds is never asked for by its parts, and no field name in it can mean anything to the engine. */
  readonly body: string;
}

/** Sorts by key, then position: no key holds U+0000, and positions are 20 digits. */
export const rowId = (key: string, from: bigint): string => {
  if (key.includes('\0')) throw new Error('a row key can’t hold U+0000');
  return `${key}\0${formatPosition(from)}`;
};

/** The collection of one generation. */
export interface RowCollection {
  readonly name: string;
  readonly appendOnly: boolean;
  /** Declared columns, sorted. */
  readonly columns: readonly string[];
  readonly indexes: readonly RowIndexDefinition[];
}

export interface RowIndexDefinition {
  /** The column whose values it finds, undefined for positions and words. */
  readonly leads: string | undefined;
  readonly description: IndexDescription & { readonly name: string };
}

/** Finds the versions of keys, and the one that stood at a position. Made with the collection: a load reads by key. */
export const keyIndex: RowIndexDefinition = {
  leads: 'key',
  description: { name: 'key', key: { key: 1, until: 1, from: 1 } },
};

/** The field that holds a declared column; `key` is the row key. @throws Error for any other */
export const fieldOf = ({ columns, name }: Pick<RowCollection, 'columns' | 'name'>, column: string): string => {
  if (column === 'key') return 'key';
  if (!columns.includes(column)) throw new Error(`${name} has no column ${column}`);
  return `columns.${column}`;
};

const assertDeclarable = (name: string, columns: readonly string[]): void => {
  const bad = columns.find((column) => column === 'key' || !/^[a-z][a-zA-Z0-9]*$/.test(column));
  if (bad !== undefined) throw new Error(`${name} can't have a column named ${bad}`);
};

type Base = Omit<RowCollection, 'indexes'>;

/**
 * What the collection of a generation looks like. Versions that stand and those that ended have partial indexes of
 * their own: a list of now never meets the past, however much of it there is.
 */
export const rowCollection = (generation: Generation, schema: ViewSchema): RowCollection => {
  const name = generationName(generation);
  const columns = Object.keys(schema.columns).sort();
  assertDeclarable(name, columns);
  const base = { name, columns, appendOnly: schema.appendOnly ?? false };
  const declared = schema.indexes.flatMap((index) => indexesLedBy(base, index));
  const once = new Map([...declared, ...fixedIndexes(base)].map((index) => [index.description.name, index]));
  return { ...base, indexes: [...once.values()] };
};

const stands = { until: standing };
const ended = { until: { $lt: standing } };

const indexesLedBy = (base: Base, columns: readonly string[]): RowIndexDefinition[] => {
  const [leads] = columns;
  if (leads === undefined) return [];
  const parts = Object.fromEntries([...columns.map((column) => fieldOf(base, column)), 'key'].map((part) => [part, 1]));
  const title = columns.join(',');
  if (base.appendOnly) return [{ leads, description: { name: title, key: { ...parts, from: 1 } } }];
  const open = { name: `open ${title}`, key: { ...parts, from: 1, until: 1 }, partialFilterExpression: stands };
  const key = { [fieldOf(base, leads)]: 1, until: 1, from: 1 } as const;
  const closed = { name: `closed ${leads}`, key, partialFilterExpression: ended };
  return [
    // With the positions in it, counts need no look at the rows.
    { leads, description: open },
    { leads, description: closed },
  ];
};

const fixedIndexes = ({ appendOnly }: Base): RowIndexDefinition[] => {
  const worded = { words: { $exists: true } };
  const words = {
    name: 'words',
    key: { words: 1 },
    partialFilterExpression: appendOnly ? worded : { ...stands, ...worded },
  } as const;
  const from = { name: 'from', key: { from: 1 } } as const;
  const until = { name: 'until', key: { until: 1 }, partialFilterExpression: ended } as const;
  return [words, from, ...(appendOnly ? [] : [until])].map((description) => ({ leads: undefined, description }));
};

/** The indexes that find all versions with a value of the column: the declared ones it leads, else ones of its own. */
export const indexesFor = (rows: RowCollection, column: string): readonly RowIndexDefinition[] => {
  if (column === 'key') return [keyIndex];
  const declared = rows.indexes.filter(({ leads }) => leads === column);
  return declared.length > 0 ? declared : indexesLedBy(rows, [column]);
};
