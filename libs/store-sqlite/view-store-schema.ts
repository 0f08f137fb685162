import { generationName, type Generation, type ViewSchema } from '#eventing/view-store.js';

/** Steps of the file's own schema; the tables of generations come and go beside it. */
export const registrySteps: readonly string[] = [
  `CREATE TABLE views (view TEXT PRIMARY KEY, last_number INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE generations (
     name TEXT PRIMARY KEY, view TEXT NOT NULL, number INTEGER NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE checkpoints (name TEXT PRIMARY KEY, position INTEGER NOT NULL, recorded_at TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE parked (
     generation TEXT, position INTEGER, stream TEXT NOT NULL, event_id TEXT NOT NULL, type TEXT NOT NULL, error TEXT NOT NULL,
     PRIMARY KEY (generation, position)
   ) WITHOUT ROWID;`,
  // Bodies of rows leave out what columns hold: a build from before this could not read them.
  'SELECT 2',
];

/** The table of one generation as SQL sees it. */
export interface RowTable {
  readonly name: string;
  /** Quoted for SQL. */
  readonly table: string;
  readonly appendOnly: boolean;
  /** Declared columns in the order they are written. */
  readonly columns: readonly string[];
  readonly types: ViewSchema['columns'];
  /** Statements that make the table as it is while it loads. */
  readonly create: string;
  readonly indexes: readonly RowIndexDefinition[];
}

export interface RowIndexDefinition {
  readonly name: string;
  /** The column whose values it finds, undefined for the ranges of positions. */
  readonly leads: string | undefined;
  readonly sql: string;
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The SQL name of a declared column, clear of the table's own; `key` is the row key. */
export const columnOf = (table: Pick<RowTable, 'columns' | 'name'>, column: string): string => {
  if (column === 'key') return 'key';
  if (!table.columns.includes(column)) throw new Error(`${table.name} has no column ${column}`);
  return quote(`c_${column}`);
};

const assertDeclarable = (name: string, schema: ViewSchema): void => {
  const bad = Object.keys(schema.columns).find((column) => column === 'key' || !/^[a-z][a-zA-Z0-9]*$/.test(column));
  if (bad !== undefined) throw new Error(`${name} can't have a column named ${bad}`);
};

/**
 * What the table of a generation looks like. It keeps its rowid: new versions are appended and the small primary key
 * takes the random inserts, which loads three times as fast as rows kept within the key. Open rows, closed rows and positions have indexes of their own.
 */
export const rowTable = (generation: Generation, schema: ViewSchema): RowTable => {
  const name = generationName(generation);
  assertDeclarable(name, schema);
  const appendOnly = schema.appendOnly ?? false;
  const columns = Object.keys(schema.columns);
  const base = { name, table: quote(name), appendOnly, columns, types: schema.columns };
  const declared = columns.map((column) => `${columnOf(base, column)} ${schema.columns[column] ?? ''}, `).join('');
  const end = appendOnly ? '' : '"until" INTEGER, closed_by TEXT, ';
  return {
    ...base,
    create: `CREATE TABLE ${base.table} (
      key TEXT NOT NULL, "from" INTEGER NOT NULL, opened_by TEXT NOT NULL, ${end}${declared}words TEXT NOT NULL, body TEXT NOT NULL,
      PRIMARY KEY (key, "from")
    )`,
    indexes: [
      ...schema.indexes.flatMap((index) => declaredIndexes(base, index, schema.sortedBy ?? [])),
      ...positionIndexes(base),
    ],
  };
};

type Base = Omit<RowTable, 'create' | 'indexes'>;

const declaredIndexes = (
  base: Base,
  declared: readonly string[],
  sortedBy: readonly string[],
): RowIndexDefinition[] => {
  const leads = declared[0];
  if (leads === undefined) return [];
  const parts = [...declared.map((column) => columnOf(base, column)), 'key'];
  const made = indexesLedBy(base, leads, declared.join(','), [...new Set(parts)].join(', '));
  return sortedBy.includes(leads) ? made.slice(0, 1) : made;
};

const indexesLedBy = (base: Base, leads: string, title: string, parts: string): RowIndexDefinition[] => {
  if (base.appendOnly) return [indexOf(base, leads, title, parts)];
  return [
    // With the positions in it, counts need no look at the rows.
    indexOf(base, leads, `open ${title}`, `${parts}, "from", "until"`, '"until" IS NULL'),
    indexOf(base, leads, `closed ${leads}`, `${columnOf(base, leads)}, "until", "from"`, '"until" IS NOT NULL'),
  ];
};

const positionIndexes = (base: Base): RowIndexDefinition[] => {
  const from = indexOf(base, undefined, 'from', '"from"');
  return base.appendOnly ? [from] : [from, indexOf(base, undefined, 'until', '"until", "from"', '"until" IS NOT NULL')];
};

const indexOf = (
  base: Base,
  leads: string | undefined,
  title: string,
  parts: string,
  rows?: string,
): RowIndexDefinition => {
  const name = `${base.name} ${title}`;
  const where = rows === undefined ? '' : ` WHERE ${rows}`;
  return { name, leads, sql: `CREATE INDEX IF NOT EXISTS ${quote(name)} ON ${base.table} (${parts})${where}` };
};

/** The indexes that find all versions with a value of the column: the declared ones it leads, else ones of its own. */
export const indexesFor = (table: RowTable, column: string): readonly RowIndexDefinition[] => {
  const declared = table.indexes.filter(({ leads }) => leads === column);
  return declared.length > 0 ? declared : indexesLedBy(table, column, column, `${columnOf(table, column)}, key`);
};

/** What finds them while the bulk is loaded: closing a version does not touch it. */
export const loadIndexFor = (table: RowTable, column: string): RowIndexDefinition => {
  const name = columnOf(table, column);
  return indexOf(table, column, `load ${column}`, name, `${name} IS NOT NULL`);
};
