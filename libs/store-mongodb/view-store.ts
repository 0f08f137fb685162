import type { Collection } from 'mongodb';
import { startCheckpoint, type Generation, type RowVersion, type ViewStore } from '#eventing/view-store.js';
import { connect, type ConnectionOptions } from './connection.js';
import { advanceCheckpoint, checkpointsOf, parkedEvents, parkEvent } from './view-store-checkpoints.js';
import { OpenGenerations, type OpenGeneration } from './view-store-generations.js';
import {
  byKeyAndFrom,
  countStages,
  getFind,
  listFinds,
  pageOf,
  touchedStages,
  versionsWhereFilters,
  type Find,
} from './view-store-queries.js';
import { foundRow, versionOf, writeRows } from './view-store-rows.js';
import { indexesFor, type RowDocument } from './view-store-schema.js';

export interface ViewStoreOptions extends ConnectionOptions {
  /** How long the rows of a dropped generation stay for readers in other processes, who have half of that time, in milliseconds (default 600,000). */
  readonly dropAfterMs?: number;
}

const scanBatch = 500;

/**
 * The views in one MongoDB database, a collection for each generation. Every write is journaled by a majority before it
 * is answered, checkpoints are read as a majority has them and rows as the primary does: so whoever reads a checkpoint
 * reads its rows, through the loss of a primary too, and with no transaction.
 * @throws StoreUnavailable when no server answers
 */
export const mongodbViewStore = async (url: string, options: ViewStoreOptions = {}): Promise<ViewStore> => {
  const connection = await connect(url, options);
  const { database, answer } = connection;
  const generations = new OpenGenerations(connection, options.dropAfterMs ?? 600_000);
  const close = async (): Promise<void> => {
    await generations.close();
    await connection.close();
  };
  try {
    await generations.start();
  } catch (error) {
    await close();
    throw error;
  }

  /** Reads the rows of a generation that was there all the while. */
  const reading = <Result>(generation: Generation, read: (open: OpenGeneration) => Promise<Result>): Promise<Result> =>
    answer(async () => {
      const result = await read(await generations.the(generation));
      // A process that stood still in between may have read where the rows had been.
      await generations.the(generation);
      return result;
    });
  const find = (collection: Collection<RowDocument>, { filter, sort }: Find, limit = 0): Promise<RowDocument[]> =>
    collection.find(filter).sort(sort).limit(limit).toArray();

  return {
    generations: (view) => answer(() => generations.all(view)),
    create: (view, version, schema) => answer(() => generations.create(view, version, schema)),
    open: (generation, schema) => answer(() => generations.open(generation, schema)),
    index: (generation) =>
      answer(async () => {
        const open = await generations.the(generation);
        await generations.makeIndexes(open, open.rows.indexes);
      }),
    promote: (generation) => answer(() => generations.promote(generation)),
    drop: (generation) => answer(() => generations.drop(generation)),
    keep: (name, schema) => answer(() => generations.keep(name, schema)),

    write: (generation, changes) =>
      answer(async () => {
        const { rows, collection } = await generations.the(generation);
        await writeRows(collection, rows, changes);
      }),
    checkpoint: (name) => answer(async () => (await checkpointsOf(database, [name])).get(name) ?? startCheckpoint),
    live: () => answer(() => generations.live()),
    advance: (name, from, to) => answer(() => advanceCheckpoint(database, name, from, to)),

    get: (generation, keys, asOf) =>
      reading(generation, async ({ collection }) => {
        if (keys.length === 0) return new Map<string, RowVersion>();
        const found = await find(collection, getFind([...new Set(keys)], asOf));
        return new Map(found.map((row) => [row.key, versionOf(row)]));
      }),
    list: (generation, query) =>
      reading(generation, async ({ rows, collection }) => {
        const { open, closed } = listFinds(rows, query);
        const found = (await Promise.all(open.map((part) => find(collection, part, query.limit)))).flat();
        if (closed !== undefined) found.push(...(await find(collection, closed, query.limit)));
        return pageOf(query, found).map((row) => foundRow(rows, query.order.column, row));
      }),
    count: (generation, query) =>
      reading(generation, async ({ rows, collection }) => {
        if (query.cap === 0) return 0;
        const [counted] = await collection.aggregate<{ found: number }>(countStages(rows, query)).toArray();
        return counted?.found ?? 0;
      }),
    touched: (generation, query) =>
      reading(generation, async ({ rows, collection }) => {
        const keys = await collection.aggregate<{ _id: string }>(touchedStages(rows, query)).toArray();
        return keys.map(({ _id }) => _id);
      }),
    versions: (generation, key) =>
      reading(generation, async ({ collection }) => {
        return (await find(collection, { filter: { key }, sort: { from: 1 } })).map(versionOf);
      }),
    versionsWhere: (generation, column, value, standingAt) =>
      reading(generation, async (open) => {
        // A load asks this for every renamed or erased person, long before the other indexes are made.
        await generations.makeIndexes(open, indexesFor(open.rows, column));
        const found = new Map<string, RowDocument>();
        for (const filter of versionsWhereFilters(open.rows, column, value, standingAt))
          for (const row of await open.collection.find(filter).toArray()) found.set(row._id, row);
        return [...found.values()].sort(byKeyAndFrom).map(versionOf);
      }),
    async *scan(generation) {
      let batch: RowDocument[] = [];
      do {
        const last = batch.at(-1)?._id ?? '';
        batch = await reading(generation, ({ collection }) =>
          find(collection, { filter: { _id: { $gt: last } }, sort: { _id: 1 } }, scanBatch),
        );
        if (batch.length > 0) yield batch.map(versionOf);
      } while (batch.length === scanBatch);
    },

    park: (generation, event) =>
      answer(async () => parkEvent(database, (await generations.the(generation)).rows.name, event)),
    parked: (generation) => answer(async () => parkedEvents(database, (await generations.the(generation)).rows.name)),
    close: () => close(),
  };
};
