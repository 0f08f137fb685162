import { setImmediate } from 'node:timers/promises';
import { StoreUnavailable } from '#eventing/event-store.js';
import {
  generationName,
  type Generation,
  type RowChange,
  type RowVersion,
  type ViewSchema,
  type ViewStore,
} from '#eventing/view-store.js';
import { notOpened, type FileOptions } from './database.js';
import { connect } from './view-store-connection.js';
import {
  countQuery,
  getQuery,
  listQuery,
  scanQuery,
  touchedQuery,
  versionsQuery,
  versionsWhereQuery,
} from './view-store-queries.js';
import {
  advanceCheckpoint,
  assertColumns,
  checkpointOf,
  createGeneration,
  forgetGeneration,
  generationsOf,
  keptGeneration,
  liveGenerations,
  parkedEvents,
  parkEvent,
  promoteGeneration,
  registered,
  sweep,
} from './view-store-registry.js';
import { rowWriter, sortValueOf, versionOf } from './view-store-rows.js';
import { indexesFor, rowTable, type RowIndexDefinition, type RowTable } from './view-store-schema.js';

/** A generation that this process may read and write. */
interface Declared {
  readonly table: RowTable;
  readonly write: (change: RowChange) => void;
  /** Indexes known to be there. */
  readonly indexed: Set<string>;
}

const scanBatch = 200;

/**
 * The views in one SQLite file, a table for each generation. The calls are synchronous inside, so that one
 * connection serves readers and writers without waits; other processes read beside it (WAL).
 * @throws StoreUnavailable when the file can't be opened or was written by a newer version of the product
 */
export const sqliteViewStore = (path: string, options: FileOptions = {}): ViewStore => {
  const connection = connect(path, options);
  const { answer } = connection;
  const declared = new Map<string, Declared>();
  try {
    sweep(connection);
  } catch (error) {
    connection.close();
    throw notOpened(path, error);
  }

  const declare = (table: RowTable): Declared => {
    const made = { table, write: rowWriter(connection, table), indexed: new Set<string>() };
    declared.set(table.name, made);
    return made;
  };
  const the = (generation: Generation): Declared => {
    const found = declared.get(generationName(generation));
    if (found === undefined) throw new StoreUnavailable(`${generationName(generation)} is not open here (any more)`);
    return found;
  };
  const makeIndexes = ({ indexed }: Declared, indexes: readonly RowIndexDefinition[]): void => {
    for (const { sql } of indexes) {
      if (indexed.has(sql)) continue;
      connection.exec(sql);
      indexed.add(sql);
    }
  };
  const forgetDropped = (): void => {
    sweep(connection);
    const names = connection.all({ sql: 'SELECT name FROM generations', values: [] }).map(({ name }) => name);
    for (const name of declared.keys()) if (!names.includes(name)) declared.delete(name);
  };

  return {
    generations: (view) => answer(() => generationsOf(connection, view)),
    create: (view, version, schema: ViewSchema) =>
      answer(() => {
        const made = createGeneration(connection, view, version, (generation) => rowTable(generation, schema));
        declare(made.table);
        return made.generation;
      }),
    open: (generation, schema) =>
      answer(() => {
        const { state } = registered(connection, generation);
        const table = rowTable(generation, schema);
        assertColumns(connection, table);
        const opened = declare(table);
        if (state === 'live') makeIndexes(opened, table.indexes);
      }),
    async index(generation) {
      const { indexes } = (await answer(() => the(generation))).table;
      for (const index of indexes) {
        await answer(() => makeIndexes(the(generation), [index]));
        // An index over a million rows takes a second: others get their turn between two.
        await setImmediate();
      }
    },
    promote: (generation) =>
      answer(() => {
        makeIndexes(the(generation), the(generation).table.indexes);
        const live = promoteGeneration(connection, generation);
        forgetDropped();
        return live;
      }),
    drop: (generation) =>
      answer(() => {
        forgetGeneration(connection, generation);
        forgetDropped();
      }),

    keep: (name, schema) =>
      answer(() => {
        const kept = keptGeneration(connection, name, (generation) => rowTable(generation, schema));
        makeIndexes(declare(kept.table), kept.table.indexes);
        return kept.generation;
      }),

    write: (generation, changes) =>
      answer(() => {
        const { write } = the(generation);
        if (changes.length > 0) connection.transaction(() => changes.forEach(write));
      }),
    checkpoint: (name) => answer(() => checkpointOf(connection, name)),
    live: () => answer(() => liveGenerations(connection)),
    advance: (name, from, to) => answer(() => advanceCheckpoint(connection, name, from, to)),

    get: (generation, keys, asOf) =>
      answer(() => {
        const { table } = the(generation);
        const found = new Map<string, RowVersion>();
        for (const key of keys) {
          const row = connection.get(getQuery(table, key, asOf));
          const until = row?.['until'];
          if (row !== undefined && !(typeof until === 'bigint' && until <= asOf)) found.set(key, versionOf(row));
        }
        return found;
      }),
    list: (generation, query) =>
      answer(() =>
        connection
          .all(listQuery(the(generation).table, query))
          .map((row) => ({ ...versionOf(row), sortValue: sortValueOf(row) })),
      ),
    count: (generation, query) =>
      answer(() => Number(connection.get(countQuery(the(generation).table, query))?.['found'])),
    touched: (generation, query) =>
      answer(() => connection.all(touchedQuery(the(generation).table, query)).map(({ key }) => String(key))),
    versions: (generation, key) =>
      answer(() => connection.all(versionsQuery(the(generation).table, key)).map(versionOf)),
    versionsWhere: (generation, column, value, standingAt) =>
      answer(() => {
        const opened = the(generation);
        // A load asks this for every renamed or erased person, long before the other indexes are made.
        makeIndexes(opened, column === 'key' ? [] : indexesFor(opened.table, column));
        return connection.all(versionsWhereQuery(opened.table, column, value, standingAt)).map(versionOf);
      }),
    async *scan(generation) {
      let after: RowVersion | undefined;
      do {
        const from = after;
        const rows = await answer(() =>
          connection.all(scanQuery(the(generation).table, from, scanBatch)).map(versionOf),
        );
        if (rows.length > 0) yield rows;
        after = rows.length < scanBatch ? undefined : rows.at(-1);
        // A view is read whole to prove it: others get their turn meanwhile.
        await setImmediate();
      } while (after !== undefined);
    },

    park: (generation, event) => answer(() => parkEvent(connection, the(generation).table.name, event)),
    parked: (generation) => answer(() => parkedEvents(connection, the(generation).table.name)),
    close: () => answer(() => connection.close()),
  };
};
