import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { StoreUnavailable } from '#eventing/event-store.js';
import { messageOf, notOpened, openDatabase, upgradeSchema, type FileOptions } from './database.js';
import { groupCommit } from './group-commit.js';
import type { Query } from './view-store-queries.js';
import { registrySteps } from './view-store-schema.js';

export type SqlRow = Readonly<Record<string, SQLOutputValue>>;
/** A row's values in the order of its columns: half the cost of a row with names, and less to bring from a thread. */
export type SqlValues = readonly SQLOutputValue[];

/** The one connection of a view store: statements are kept prepared, integers come as bigint. */
export interface Connection {
  readonly prepared: (sql: string) => StatementSync;
  readonly all: (query: Query) => SqlRow[];
  readonly get: (query: Query) => SqlRow | undefined;
  readonly values: (query: Query) => SqlValues[];
  /** How many rows were changed. */
  readonly run: (query: Query) => number;
  readonly exec: (sql: string) => void;
  /** Does work in a transaction of its own. */
  readonly transaction: <Result>(work: () => Result) => Result;
  /** Does changes that may be done again; they last once they are {@link committed}, or soon. */
  readonly join: <Result>(changes: number, work: () => Result) => Result;
  readonly committed: () => Promise<void>;
  /** How many commits have failed, each losing what was joined to it. */
  readonly failures: () => number;
  /** Commits what was joined. */
  readonly flush: () => void;
  /** What another connection answers; what the engine throws there becomes {@link StoreUnavailable}, too. */
  readonly translated: <Result>(answered: Promise<Result>) => Promise<Result>;
  /** Does the work at once; what the engine throws becomes {@link StoreUnavailable}. */
  readonly answer: <Result>(work: () => Result) => Promise<Result>;
  readonly close: () => void;
}

const maxPrepared = 500;
/** CONSTRAINT, MISMATCH, MISUSE and RANGE say that a caller was wrong, not that the engine is. */
const misuse: readonly unknown[] = [19, 20, 21, 25];

const asUnavailable = (error: unknown, path: string, onFault: (fault: Error) => void): unknown => {
  if (typeof error !== 'object' || error === null || !('code' in error)) return error;
  const errcode = 'errcode' in error ? Number(error.errcode) & 255 : undefined;
  const ofEngine = error.code === 'ERR_SQLITE_ERROR' && !misuse.includes(errcode);
  const closed = error.code === 'ERR_INVALID_STATE';
  if (!ofEngine && !closed) return error;
  const fault = new StoreUnavailable(`${path}: ${messageOf(error)}`, { cause: error });
  if (ofEngine) onFault(fault);
  return fault;
};

/** Opens the file of the views. NORMAL is enough: after a power cut rows and checkpoints go back together and are caught up from the log. */
export const connect = (
  path: string,
  { onFault = () => undefined, onCommit }: FileOptions & { readonly onCommit?: () => void } = {},
): Connection => {
  const database: DatabaseSync = openDatabase(path, { synchronous: 'NORMAL' });
  try {
    // Scrubbed names must not linger in freed pages; the rest spares the disk while a view loads (64 MiB, 40 MB).
    database.exec('PRAGMA secure_delete = ON; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 25000');
    upgradeSchema(database, path, registrySteps);
  } catch (error) {
    database.close();
    throw notOpened(path, error);
  }
  const commits = groupCommit(database, onCommit);
  const failed = (error: unknown): never => {
    throw asUnavailable(error, path, onFault);
  };
  const statements = new Map<string, StatementSync>();
  const unnamed = new Map<string, StatementSync>();
  const preparedIn = (kept: Map<string, StatementSync>, sql: string): StatementSync => {
    const known = kept.get(sql);
    if (known !== undefined) return known;
    if (kept.size >= maxPrepared) kept.clear();
    const statement = database.prepare(sql);
    statement.setReadBigInts(true);
    statement.setReturnArrays(kept === unnamed);
    kept.set(sql, statement);
    return statement;
  };
  const prepared = (sql: string): StatementSync => preparedIn(statements, sql);
  return {
    prepared,
    all: ({ sql, values }) => prepared(sql).all(...values),
    get: ({ sql, values }) => prepared(sql).get(...values),
    values: ({ sql, values }) => preparedIn(unnamed, sql).all(...values) as unknown as SqlValues[],
    run: ({ sql, values }) => Number(prepared(sql).run(...values).changes),
    exec: (sql) => database.exec(sql),
    transaction: commits.alone,
    join: commits.join,
    committed: () => commits.committed().catch(failed),
    failures: commits.failures,
    flush: commits.flush,
    translated: (answered) => answered.catch(failed),
    answer: (work) =>
      new Promise((resolve, reject) => {
        try {
          resolve(work());
        } catch (error) {
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what is not the engine's is passed on as it was thrown
          reject(asUnavailable(error, path, onFault));
        }
      }),
    close: () => {
      statements.clear();
      unnamed.clear();
      if (!database.isOpen) return;
      try {
        commits.flush();
      } finally {
        database.close();
      }
    },
  };
};
