import { MongoBulkWriteError, type AnyBulkWriteOperation, type Collection } from 'mongodb';
import type { JsonObject } from '#eventing/json.js';
import type { FoundRow, RowChange, RowVersion } from '#eventing/view-store.js';
import { duplicateKey, type Asked } from './connection.js';
import { fieldOf, rowId, standing, type RowCollection, type RowDocument } from './view-store-schema.js';

type VersionRange = Omit<RowVersion, 'body'>;

export const rangeOf = ({ key, from, until, openedBy, closedBy }: Omit<RowDocument, 'body'>): VersionRange => {
  return { key, from, until: until === standing ? null : until, openedBy, closedBy };
};

export const versionOf = (row: RowDocument): RowVersion => {
  return { ...rangeOf(row), body: JSON.parse(row.body) as JsonObject };
};

/** The version with the value of the column that it was sorted by. */
export const foundRow = (rows: RowCollection, column: string, row: RowDocument): FoundRow => {
  fieldOf(rows, column);
  return { ...versionOf(row), sortValue: column === 'key' ? row.key : (row.columns[column] ?? null) };
};

type Opening = Extract<RowChange, { change: 'open' }>;
type Closing = Extract<RowChange, { change: 'close' }>;
type Rewriting = Extract<RowChange, { change: 'rewrite' }>;

/** All that a batch does to one version, in the one order it can be done in: opened, then closed and rewritten. */
interface Fate {
  readonly key: string;
  open?: Opening;
  /** The first of several: a closed version stays as it is. */
  close?: Closing;
  /** The last of several. */
  rewrite?: Rewriting;
}

const fatesOf = (changes: readonly RowChange[]): Map<string, Fate>[] => {
  let run = new Map<string, Fate>();
  const runs = [run];
  for (const change of changes) {
    const id = rowId(change.key, change.from);
    const known = run.get(id);
    if (change.change === 'open' && known !== undefined && known.open === undefined) {
      run = new Map();
      runs.push(run);
    }
    const fate: Fate = run.get(id) ?? { key: change.key };
    run.set(id, fate);
    if (change.change === 'open') fate.open ??= change;
    else if (change.change === 'close') fate.close ??= change;
    else fate.rewrite = change;
  }
  return runs;
};

const contentOf = ({ columns }: RowCollection, change: Opening | Rewriting) => ({
  columns: Object.fromEntries(columns.map((column) => [column, change.columns[column] ?? null])),
  ...(change.words.length > 0 && { words: [...new Set(change.words)] }),
  body: JSON.stringify(change.body),
});

const documentOf = (rows: RowCollection, id: string, open: Opening, { close, rewrite }: Fate): RowDocument => {
  const { key, from, by } = open;
  const end = { until: close?.until ?? standing, closedBy: close?.by ?? null };
  return { _id: id, key, from, ...end, openedBy: by, ...contentOf(rows, rewrite ?? open) };
};

type Operation = AnyBulkWriteOperation<RowDocument>;

/** The key is named beside the id, for it says which shard. */
const updatesOf = (rows: RowCollection, id: string, { key, close, rewrite }: Fate): Operation[] => {
  const version = { _id: id, key };
  const operations: Operation[] = [];
  if (close !== undefined) {
    const end = { until: close.until, closedBy: close.by };
    operations.push({ updateOne: { filter: { ...version, until: standing }, update: { $set: end } } });
  }
  if (rewrite !== undefined) {
    const { words, ...content } = contentOf(rows, rewrite);
    const update =
      words === undefined ? { $set: content, $unset: { words: '' as const } } : { $set: { ...content, words } };
    operations.push({ updateOne: { filter: version, update } });
  }
  return operations;
};

/** Inserts what is absent; gives the ids of those that were there. */
const insertAbsent = async (
  collection: Collection<RowDocument>,
  documents: readonly RowDocument[],
  asked: Asked,
): Promise<ReadonlySet<string | undefined>> => {
  if (documents.length === 0) return new Set();
  try {
    await collection.insertMany(documents, { ordered: false, ...asked });
    return new Set();
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const failed = [error.writeErrors].flat();
    const others = failed.some(({ code }) => code !== duplicateKey);
    if (failed.length === 0 || others || error.result.getWriteConcernError() !== undefined) throw error;
    return new Set(failed.map(({ index }) => documents[index]?._id));
  }
};

const update = async (collection: Collection<RowDocument>, operations: Operation[], asked: Asked): Promise<void> => {
  if (operations.length > 0) await collection.bulkWrite(operations, { ordered: false, ...asked });
};

/**
 * Writes a batch in one round trip, or two when some of it was written before: new versions are inserted as the batch
 * leaves them, and what it does to older ones is told beside.
 * @throws Error for closing a row of an append-only view, before anything is written
 */
export const writeRows = async (
  collection: Collection<RowDocument>,
  rows: RowCollection,
  changes: readonly RowChange[],
  asked: Asked,
): Promise<void> => {
  if (rows.appendOnly && changes.some(({ change }) => change === 'close'))
    throw new Error(`rows of ${rows.name} are never closed`);
  for (const run of fatesOf(changes)) {
    const fates = [...run];
    const documents = fates.flatMap(([id, fate]) => (fate.open ? [documentOf(rows, id, fate.open, fate)] : []));
    const older = fates.flatMap(([id, fate]) => (fate.open ? [] : updatesOf(rows, id, fate)));
    const [known] = await Promise.all([insertAbsent(collection, documents, asked), update(collection, older, asked)]);
    const repeated = fates.flatMap(([id, fate]) => (known.has(id) ? updatesOf(rows, id, fate) : []));
    await update(collection, repeated, asked);
  }
};
