import type { Collection } from 'mongodb';
import { causesByKey } from '#eventing/causes.js';
import { startCheckpoint, type Generation, type RowVersion, type ViewStore } from '#eventing/view-store.js';
import { connect, type Asked, type ConnectionOptions } from './connection.js';
import { advanceCheckpoint, checkpointsOf, parkedEvents, parkEvent } from './view-store-checkpoints.js';
import { OpenGenerations, type Opened, type OpenGeneration } from './view-store-generations.js';
import {
  byKeyAndFrom,
  causesFind,
  countStages,
  getFind,
  listFinds,
  pageOf,
  touchedStages,
  versionsWhereFilters,
  type Find,
} from './view-store-queries.js';
import { foundRow, rangeOf, versionOf, writeRows } from './view-store-rows.js';
import { indexesFor, keyIndex, type RowDocument, type RowIndexDefinition } from './view-store-schema.js';

export interface ViewStoreOptions extends ConnectionOptions {
  /** How long the rows of a dropped generation stay for readers in other processes, who have half of that time, in milliseconds (default 600,000). */
  readonly dropAfterMs?: number;
}

const scanBatch = 500;
/** An index over millions of rows takes minutes. */
const indexingMs = 900_000;

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
  const reading = <Result>(
    generation: Generation,
    read: (open: OpenGeneration, asked: Asked) => Promise<Result>,
  ): Promise<Result> =>
    answer(async (asked) => {
      const result = await read(await generations.the(generation, asked), asked);
      // A process that stood still in between may have read where the rows had been.
      await generations.the(generation, asked);
      return result;
    });
  const find = (
    collection: Collection<RowDocument>,
    { filter, sort }: Find,
    asked: Asked,
    limit = 0,
  ): Promise<RowDocument[]> => collection.find(filter, asked).sort(sort).limit(limit).toArray();

  const the = (generation: Generation): Promise<OpenGeneration> =>
    answer((asked) => generations.the(generation, asked));
  const makeIndexes = (open: OpenGeneration, indexes: readonly RowIndexDefinition[]): Promise<void> =>
    answer((asked) => generations.makeIndexes(open, indexes, asked), indexingMs);
  const indexed = async ({ generation, open }: Opened): Promise<Generation> => {
    await makeIndexes(open, [keyIndex, ...(generation.state === 'live' ? open.rows.indexes : [])]);
    return generation;
  };

  return {
    generations: (view) => answer((asked) => generations.all(view, asked)),
    create: async (view, version, schema) =>
      indexed(await answer((asked) => generations.create(view, version, schema, asked))),
    open: async (generation, schema) => {
      await indexed(await answer((asked) => generations.open(generation, schema, asked)));
    },
    index: async (generation) => {
      const open = await the(generation);
      await makeIndexes(open, open.rows.indexes);
    },
    promote: async (generation) => {
      const open = await the(generation);
      await makeIndexes(open, open.rows.indexes);
      return answer((asked) => generations.promote(generation, asked));
    },
    drop: (generation) => answer((asked) => generations.drop(generation, asked)),
    keep: async (name, schema) => indexed(await answer((asked) => generations.keep(name, schema, asked))),

    write: (generation, changes) =>
      answer(async (asked) => {
        const { rows, collection } = await generations.the(generation, asked);
        await writeRows(collection, rows, changes, asked);
      }),
    checkpoint: (name) =>
      answer(async (asked) => (await checkpointsOf(database, [name], asked)).get(name) ?? startCheckpoint),
    live: () => answer((asked) => generations.live(asked)),
    advance: (name, from, to) => answer((asked) => advanceCheckpoint(database, name, from, to, asked)),

    get: (generation, keys, asOf) =>
      reading(generation, async ({ collection }, asked) => {
        if (keys.length === 0) return new Map<string, RowVersion>();
        const found = await find(collection, getFind([...new Set(keys)], asOf), asked);
        return new Map(found.map((row) => [row.key, versionOf(row)]));
      }),
    list: (generation, query) =>
      reading(generation, async ({ rows, collection }, asked) => {
        const { open, closed } = listFinds(rows, query);
        const found = (await Promise.all(open.map((part) => find(collection, part, asked, query.limit)))).flat();
        if (closed !== undefined) found.push(...(await find(collection, closed, asked, query.limit)));
        return pageOf(query, found).map((row) => foundRow(rows, query.order.column, row));
      }),
    count: (generation, query) =>
      reading(generation, async ({ rows, collection }, asked) => {
        if (query.cap === 0) return 0;
        const [counted] = await collection.aggregate<{ found: number }>(countStages(rows, query), asked).toArray();
        return counted?.found ?? 0;
      }),
    touched: (generation, query) =>
      reading(generation, async ({ rows, collection }, asked) => {
        const keys = await collection.aggregate<{ _id: string }>(touchedStages(rows, query), asked).toArray();
        return keys.map(({ _id }) => _id);
      }),
    causes: (generation, keys, range) =>
      reading(generation, async ({ collection }, asked) => {
        const find = causesFind(keys, range);
        const rows = await collection
          .find(find.filter, { ...asked, projection: { body: 0 } })
          .sort(find.sort)
          .toArray();
        return causesByKey(
          Map.groupBy(rows.map(rangeOf), ({ key }) => key),
          range,
        );
      }),
    versions: (generation, key) =>
      reading(generation, async ({ collection }, asked) => {
        return (await find(collection, { filter: { key }, sort: { from: 1 } }, asked)).map(versionOf);
      }),
    versionsWhere: async (generation, column, value, standingAt) => {
      const open = await the(generation);
      // A load asks this for every renamed or erased person, long before the other indexes are made.
      await makeIndexes(open, indexesFor(open.rows, column));
      return reading(generation, async ({ rows, collection }, asked) => {
        const found = new Map<string, RowDocument>();
        for (const filter of versionsWhereFilters(rows, column, value, standingAt))
          for (const row of await collection.find(filter, asked).toArray()) found.set(row._id, row);
        return [...found.values()].sort(byKeyAndFrom).map(versionOf);
      });
    },
    async *scan(generation) {
      let batch: RowDocument[] = [];
      do {
        const last = batch.at(-1)?._id ?? '';
        batch = await reading(generation, ({ collection }, asked) =>
          find(collection, { filter: { _id: { $gt: last } }, sort: { _id: 1 } }, asked, scanBatch),
        );
        if (batch.length > 0) yield batch.map(versionOf);
      } while (batch.length === scanBatch);
    },

    park: (generation, event) =>
      answer(async (asked) => {
        const { rows } = await generations.the(generation, asked);
        await parkEvent(database, rows.name, event, asked);
      }),
    parked: (generation) =>
      answer(async (asked) => parkedEvents(database, (await generations.the(generation, asked)).rows.name, asked)),
    close: () => close(),
  };
};
