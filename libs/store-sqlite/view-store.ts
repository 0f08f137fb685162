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
import { connect, type SqlValues } from './view-store-connection.js';
import {
  causesQuery,
  countQuery,
  getQuery,
  listQuery,
  loadedVersionsWhereQuery,
  scanQuery,
  touchedQuery,
  versionsQuery,
  versionsWhereQuery,
  type Query,
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
} from './view-store-registry.js';
import { causesOfRows, rowsWriter, sortValueOf, versionReader, type ReadVersion } from './view-store-rows.js';
import { indexesFor, loadIndexFor, rowTable, type RowIndexDefinition, type RowTable } from './view-store-schema.js';
import { defaultLargeFrom, Upkeep } from './view-store-upkeep.js';

/** A generation that this process may read and write. */
interface Declared {
  readonly table: RowTable;
  readonly write: (changes: readonly RowChange[]) => void;
  readonly versionOf: ReadVersion;
  /** Indexes known to be there. */
  readonly indexed: Set<string>;
  /** While it is built nobody reads it. */
  isBuilding: boolean;
  /** How many commits had failed when rows were first written after the checkpoint moved. */
  failuresBefore: number | undefined;
  /** Its rows have no checkpoint that they would be caught up from. */
  isKept: boolean;
}

const scanBatch = 200;
const getBatch = 100;

/**
 * The views in one SQLite file, a table for each generation. The calls are synchronous inside, so that one
 * connection serves readers and writers without waits; other processes read beside it (WAL).
 * @throws StoreUnavailable when the file can't be opened or was written by a newer version of the product
 */
export const sqliteViewStore = (
  path: string,
  options: FileOptions & { readonly largeFrom?: number } = {},
): ViewStore => {
  const connection = connect(path, { ...options, onCommit: () => upkeep.committed() });
  const upkeep = new Upkeep(path, connection, options.largeFrom ?? defaultLargeFrom);
  const { answer } = connection;
  const declared = new Map<string, Declared>();
  try {
    upkeep.sweep();
  } catch (error) {
    connection.close();
    throw notOpened(path, error);
  }

  const declare = (table: RowTable, { state }: Generation): Declared => {
    const bodies = bodiesOf(table);
    const [write, versionOf] = [rowsWriter(connection, table, bodies), versionReader(table, bodies)];
    const made = {
      table,
      write,
      versionOf,
      indexed: new Set<string>(),
      isBuilding: state === 'building',
      failuresBefore: undefined,
      isKept: false,
    };
    declared.set(table.name, made);
    return made;
  };
  const the = (generation: Generation): Declared => {
    const found = declared.get(generationName(generation));
    if (found === undefined) throw new StoreUnavailable(`${generationName(generation)} is not open here (any more)`);
    return found;
  };
  const makeIndexes = async (generation: Generation, indexes: readonly RowIndexDefinition[]): Promise<void> => {
    const { table, indexed } = the(generation);
    if (indexes.every(({ name }) => indexed.has(name))) return;
    const sql = `SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?`;
    for (const { name } of await answer(() => connection.all({ sql, values: [table.name] }))) indexed.add(String(name));
    for (const index of indexes) {
      if (!indexed.has(index.name)) await upkeep.change(table.name, index.sql);
      indexed.add(index.name);
    }
  };
  const dropLoadIndexes = async (generation: Generation): Promise<void> => {
    const { table, indexed } = the(generation);
    for (const { name } of table.columns.map((column) => loadIndexFor(table, column)))
      if (indexed.delete(name)) await upkeep.change(table.name, `DROP INDEX IF EXISTS "${name}"`);
  };
  const forgetDropped = (): void => {
    upkeep.sweep();
    const names = connection.all({ sql: 'SELECT name FROM generations', values: [] }).map(({ name }) => name);
    for (const name of declared.keys()) if (!names.includes(name)) declared.delete(name);
  };

  /** The checkpoint must not pass rows that a failed commit took back: they are folded again from it. */
  const assertNothingLost = (name: string): void => {
    const followed = declared.get(name);
    const { failuresBefore } = followed ?? {};
    if (followed === undefined || failuresBefore === undefined) return;
    followed.failuresBefore = undefined;
    if (failuresBefore !== connection.failures()) throw new StoreUnavailable(`${name} has lost rows`);
  };

  const written = <Result>(work: () => Result): Promise<Result> => upkeep.write(() => answer(work));
  /** Found here, or by a thread where that may take long. */
  const found = async (generation: Generation, query: Query): Promise<SqlValues[]> => {
    const byThread = await answer(() => !the(generation).isBuilding && upkeep.isLarge(generationName(generation)));
    return byThread ? upkeep.read(query) : answer(() => connection.values(query));
  };

  return {
    generations: (view) => answer(() => generationsOf(connection, view)),
    create: (view, version, schema: ViewSchema) =>
      written(() => {
        const made = createGeneration(connection, view, version, (generation) => rowTable(generation, schema));
        declare(made.table, made.generation);
        return made.generation;
      }),
    async open(generation, schema) {
      const { table, isBuilding } = await answer(() => {
        const registeredNow = registered(connection, generation);
        const made = rowTable(generation, schema);
        assertColumns(connection, made);
        return declare(made, registeredNow);
      });
      if (!isBuilding) await makeIndexes(generation, table.indexes);
    },
    async index(generation) {
      const { table } = await answer(() => the(generation));
      await makeIndexes(generation, table.indexes);
    },
    async promote(generation) {
      const built = await answer(() => the(generation));
      await makeIndexes(generation, built.table.indexes);
      await dropLoadIndexes(generation);
      return written(() => {
        const live = promoteGeneration(connection, generation);
        built.isBuilding = false;
        forgetDropped();
        return live;
      });
    },
    drop: (generation) =>
      written(() => {
        forgetGeneration(connection, generation);
        forgetDropped();
      }),

    async keep(name, schema) {
      const kept = await written(() => {
        const { generation, table } = keptGeneration(connection, name, (made) => rowTable(made, schema));
        declare(table, generation).isKept = true;
        return generation;
      });
      await makeIndexes(kept, the(kept).table.indexes);
      return kept;
    },

    async write(generation, changes) {
      if (changes.length === 0) return;
      const to = await answer(() => the(generation));
      to.failuresBefore ??= connection.failures();
      await written(() => connection.join(changes.length, () => to.write(changes)));
      if (to.isKept) await connection.committed();
    },
    checkpoint: (name) => answer(() => checkpointOf(connection, name)),
    live: () => answer(() => liveGenerations(connection)),
    async advance(name, from, to, { lasting = true } = {}) {
      const moved = await written(() =>
        connection.join(1, () => {
          assertNothingLost(name);
          return advanceCheckpoint(connection, name, from, to);
        }),
      );
      if (lasting) await connection.committed();
      return moved;
    },

    async get(generation, keys, asOf) {
      const found = new Map<string, RowVersion>();
      for (let start = 0; start < keys.length; start += getBatch) {
        // A version stood at a position or didn't, whenever it is asked for: others get their turn meanwhile.
        if (start > 0) await setImmediate();
        const rows = await answer(() => {
          const { table, versionOf } = the(generation);
          const slice = keys.slice(start, start + getBatch);
          return slice.flatMap((key) => connection.values(getQuery(table, key, asOf)).map(versionOf));
        });
        for (const row of rows) if (row.until === null || row.until > asOf) found.set(row.key, row);
      }
      return found;
    },
    async list(generation, query) {
      const { table, versionOf } = await answer(() => the(generation));
      const rows = await found(generation, listQuery(table, query));
      return rows.map((row) => ({ ...versionOf(row), sortValue: sortValueOf(row) }));
    },
    async count(generation, query) {
      const { table } = await answer(() => the(generation));
      const [row] = await found(generation, countQuery(table, query));
      return Number(row?.[0]);
    },
    async touched(generation, query) {
      const { table } = await answer(() => the(generation));
      return (await found(generation, touchedQuery(table, query))).map(([key]) => String(key));
    },
    async causes(generation, keys, range) {
      const { table } = await answer(() => the(generation));
      return causesOfRows(await found(generation, causesQuery(table, keys, range)));
    },
    async versions(generation, key) {
      const { table, versionOf } = await answer(() => the(generation));
      return (await found(generation, versionsQuery(table, key))).map(versionOf);
    },
    async versionsWhere(generation, column, value, standingAt) {
      const { table, versionOf, isBuilding } = await answer(() => the(generation));
      // A load asks this for every renamed or erased person, long before the other indexes are made.
      const indexes = isBuilding ? [loadIndexFor(table, column)] : indexesFor(table, column);
      if (column !== 'key') await makeIndexes(generation, indexes);
      const query = (isBuilding ? loadedVersionsWhereQuery : versionsWhereQuery)(table, column, value, standingAt);
      return answer(() => connection.values(query).map(versionOf));
    },
    async *scan(generation) {
      let after: RowVersion | undefined;
      do {
        const from = after;
        const rows = await answer(() => {
          const { table, versionOf } = the(generation);
          return connection.values(scanQuery(table, from, scanBatch)).map(versionOf);
        });
        if (rows.length > 0) yield rows;
        after = rows.length < scanBatch ? undefined : rows.at(-1);
        // A view is read whole to prove it: others get their turn meanwhile.
        await setImmediate();
      } while (after !== undefined);
    },

    async park(generation, event) {
      await written(() => connection.join(1, () => parkEvent(connection, the(generation).table.name, event)));
      await connection.committed();
    },
    parked: (generation) => answer(() => parkedEvents(connection, the(generation).table.name)),
    async close() {
      await upkeep.close();
      await answer(() => connection.close());
    },
  };
};
