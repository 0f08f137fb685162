import { chmodSync, closeSync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '#eventing/event-store.js';
import { messageOf, notOpened, openDatabase, upgradeSchema } from './database.js';

const ownerOnly = 0o600;
const sqliteFaults: ReadonlySet<unknown> = new Set(['ERR_SQLITE_ERROR', 'ERR_INVALID_STATE']);

/**
 * Opens (or makes) a database at full durability that only the owner of the process may read; what is deleted is overwritten.
 * @throws StoreUnavailable when it can't be opened or is of a newer schema
 */
export const openPrivateDatabase = (path: string, schema: readonly string[]): DatabaseSync => {
  try {
    // SQLite gives its side files the mode of the main one.
    closeSync(openSync(path, 'a', ownerOnly));
    chmodSync(path, ownerOnly);
  } catch (error) {
    throw new StoreUnavailable(`${path} can't be opened: ${messageOf(error)}`, { cause: error });
  }
  const database = openDatabase(path, { synchronous: 'FULL' });
  try {
    onDatabase(() => {
      database.exec('PRAGMA secure_delete = ON');
      upgradeSchema(database, path, schema);
    });
    return database;
  } catch (error) {
    database.close();
    throw notOpened(path, error);
  }
};

/**
 * Runs work on a database. Errors of others pass.
 * @throws StoreUnavailable for errors of the engine
 */
export const onDatabase = <Result>(work: () => Result): Result => {
  try {
    return work();
  } catch (error) {
    if (!sqliteFaults.has((error as { code?: unknown } | null)?.code)) throw error;
    throw new StoreUnavailable(messageOf(error), { cause: error });
  }
};

/** As {@link onDatabase}, with the outcome as a promise. */
export const answer = <Result>(work: () => Result): Promise<Result> =>
  new Promise((resolve) => resolve(onDatabase(work)));
