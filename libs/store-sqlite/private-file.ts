import { chmodSync, closeSync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '#eventing/event-store.js';
import { messageOf, notOpened, openDatabase, upgradeSchema, type FileOptions } from './database.js';

const ownerOnly = 0o600;
const [engineFault, closed] = ['ERR_SQLITE_ERROR', 'ERR_INVALID_STATE'];

/** A database of which every error of the engine is a {@link StoreUnavailable} that names it. */
export interface PrivateFile {
  readonly database: DatabaseSync;
  /** Runs work on the database. Errors of others pass. */
  readonly run: <Result>(work: () => Result) => Result;
  /** As {@link run}, with the outcome as a promise. */
  readonly answer: <Result>(work: () => Result) => Promise<Result>;
}

const runningOn = (path: string, onFault: (fault: Error) => void): PrivateFile['run'] => {
  const faultOf = (error: unknown): unknown => {
    const code = (error as { code?: unknown } | null)?.code;
    if (code !== engineFault && code !== closed) return error;
    const fault = new StoreUnavailable(`${path}: ${messageOf(error)}`, { cause: error });
    if (code === engineFault) onFault(fault);
    return fault;
  };
  return (work) => {
    try {
      return work();
    } catch (error) {
      throw faultOf(error);
    }
  };
};

/**
 * Opens (or makes) a database at full durability that only the owner of the process may read; what is deleted is overwritten.
 * @throws StoreUnavailable when it can't be opened or is of a newer schema
 */
export const openPrivateFile = (
  path: string,
  schema: readonly string[],
  { onFault = () => undefined }: FileOptions = {},
): PrivateFile => {
  try {
    // SQLite gives its side files the mode of the main one.
    closeSync(openSync(path, 'a', ownerOnly));
    chmodSync(path, ownerOnly);
  } catch (error) {
    throw notOpened(path, error);
  }
  const database = openDatabase(path, { synchronous: 'FULL' });
  const run = runningOn(path, onFault);
  try {
    database.exec('PRAGMA secure_delete = ON');
    upgradeSchema(database, path, schema);
    return { database, run, answer: (work) => new Promise((resolve) => resolve(run(work))) };
  } catch (error) {
    database.close();
    throw notOpened(path, error);
  }
};
