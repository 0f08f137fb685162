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
import { bodiesOf } from './view-store-bodies.js';
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
import { rowWriter, sortValueOf, versionReader, type ReadVersion } from './view-store-rows.js';
import { indexesFor, rowTable, type RowIndexDefinition, type RowTable } from './view-store-schema.js';

/** A generation that this process may read and write. */
interface Declared {
  readonly table: RowTable;
  readonly write: (change: RowChange) => void;
  readonly versionOf: ReadVersion;
  /** Indexes known to be there. */
  readonly indexed: Set<string>;
  /** While it is built nobody reads it: what was written since the last commit may be lost, and is built again. */
  isBuilding: boolean;
  /** How far its builder has come. */
  builtUpTo: bigint;
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

  const declare = (table: RowTable, { state }: Generation): Declared => {
    const bodies = bodiesOf(table);
    const [write, versionOf] = [rowWriter(connection, table, bodies), versionReader(bodies)];
    const made = {
      table,
      write,
      versionOf,
      indexed: new Set<string>(),
      isBuilding: state === 'building',
      builtUpTo: 0n,
    };
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
        declare(made.table, made.generation);
        return made.generation;
      }),
    open: (generation, schema) =>
      answer(() => {
        const found = registered(connection, generation);
        const table = rowTable(generation, schema);
        assertColumns(connection, table);
        const opened = declare(table, found);
        if (!opened.isBuilding) makeIndexes(opened, table.indexes);
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
        const built = the(generation);
        makeIndexes(built, built.table.indexes);
        const live = promoteGeneration(connection, generation, built.builtUpTo);
        built.isBuilding = false;
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
        makeIndexes(declare(kept.table, kept.generation), kept.table.indexes);
        return kept.generation;
      }),

    async write(generation, changes) {
      if (changes.length === 0) return;
      const { write, isBuilding } = await answer(() => the(generation));
      await answer(() => connection.join(changes.length, () => changes.forEach(write)));
      if (!isBuilding) await connection.committed();
    },
    checkpoint: (name) => answer(() => checkpointOf(connection, name)),
    live: () => answer(() => liveGenerations(connection)),
    async advance(name, from, to) {
      const moved = await answer(() => connection.join(1, () => advanceCheckpoint(connection, name, from, to)));
      const building = declared.get(name);
      if (building?.isBuilding !== true) await connection.committed();
      else if (moved) building.builtUpTo = to.position;
      return moved;
    },

    get: (generation, keys, asOf) =>
      answer(() => {
        const { table, versionOf } = the(generation);
        const found = new Map<string, RowVersion>();
        for (const key of keys) {
          const row = connection.get(getQuery(table, key, asOf));
          const until = row?.['until'];
          if (row !== undefined && !(typeof until === 'bigint' && until <= asOf)) found.set(key, versionOf(row));
        }
        return found;
      }),
    list: (generation, query) =>
      answer(() => {
        const { table, versionOf } = the(generation);
        return connection
          .all(listQuery(table, query))
          .map((row) => ({ ...versionOf(row), sortValue: sortValueOf(row) }));
      }),
    count: (generation, query) =>
      answer(() => Number(connection.get(countQuery(the(generation).table, query))?.['found'])),
    touched: (generation, query) =>
      answer(() => connection.all(touchedQuery(the(generation).table, query)).map(({ key }) => String(key))),
    versions: (generation, key) =>
      answer(() => {
        const { table, versionOf } = the(generation);
        return connection.all(versionsQuery(table, key)).map(versionOf);
      }),
    versionsWhere: (generation, column, value, standingAt) =>
      answer(() => {
        const opened = the(generation);
        // A load asks this for every renamed or erased person, long before the other indexes are made.
        makeIndexes(opened, column === 'key' ? [] : indexesFor(opened.table, column));
        return connection.all(versionsWhereQuery(opened.table, column, value, standingAt)).map(opened.versionOf);
      }),
    async *scan(generation) {
      let after: RowVersion | undefined;
      do {
        const from = after;
        const rows = await answer(() => {
          const { table, versionOf } = the(generation);
          return connection.all(scanQuery(table, from, scanBatch)).map(versionOf);
        });
        if (rows.length > 0) yield rows;
        after = rows.length < scanBatch ? undefined : rows.at(-1);
        // A view is read whole to prove it: others get their turn meanwhile.
        await setImmediate();
      } while (after !== undefined);
    },

    async park(generation, event) {
      await answer(() => connection.join(1, () => parkEvent(connection, the(generation).table.name, event)));
      await connection.committed();
    },
    parked: (generation) => answer(() => parkedEvents(connection, the(generation).table.name)),
    close: () => answer(() => connection.close()),
  };
};
