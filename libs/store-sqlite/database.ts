import { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '#eventing/event-store.js';

/** How far a commit must have come before it counts: FULL survives a power cut, NORMAL a crash of the process. */
export type Synchronous = 'FULL' | 'NORMAL';

const levels = { NORMAL: 1, FULL: 2 } as const;
/** Only what comes from outside ever locks a file, such as a backup; nothing else goes on meanwhile. */
const busyTimeoutMs = 1_000;

/** Told of whatever goes wrong with a file while it is open, beside whoever asked: a store that can't be used is that one's answer, too. */
export interface FileOptions {
  readonly onFault?: (fault: Error) => void;
}

/** @throws StoreUnavailable when the connection promises less durability than it should */
export const assertSynchronous = (database: DatabaseSync, path: string, wanted: Synchronous): void => {
  const level = Number(database.prepare('PRAGMA synchronous').get()?.['synchronous']);
  if (!(level >= levels[wanted])) {
    throw new StoreUnavailable(`${path} runs with synchronous=${level}, below ${wanted}: commits would not be durable`);
  }
};

/**
 * Opens (or makes) a database file in WAL mode.
 * @throws StoreUnavailable when it can't be opened, or does not run in WAL mode at the durability asked for
 */
export const openDatabase = (path: string, options: { readonly synchronous: Synchronous }): DatabaseSync => {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: busyTimeoutMs });
    const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
    if (mode !== 'wal') throw new StoreUnavailable(`${path} runs in journal mode ${String(mode)}, not wal`);
    database.exec(`PRAGMA synchronous = ${options.synchronous}`);
    assertSynchronous(database, path, options.synchronous);
    return database;
  } catch (error) {
    database?.close();
    throw notOpened(path, error);
  }
};

/** Why a file can't be opened: what is explained already as it is, anything else with the file's path. */
export const notOpened = (path: string, error: unknown): StoreUnavailable =>
  error instanceof StoreUnavailable
    ? error
    : new StoreUnavailable(`${path} can't be opened: ${messageOf(error)}`, { cause: error });

/**
 * Brings a database to the newest schema: step n (from 0) lifts `user_version` n to n + 1, each in its own transaction.
 * @throws StoreUnavailable when the file was written by a newer version of the product
 */
export const upgradeSchema = (database: DatabaseSync, path: string, steps: readonly string[]): void => {
  const written = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (written > steps.length) {
    throw new StoreUnavailable(
      `${path} has schema ${written}, this version knows up to ${steps.length}: run the newer version`,
    );
  }
  for (const [version, step] of steps.entries()) {
    if (version < written) continue;
    inTransaction(database, () => database.exec(`${step}; PRAGMA user_version = ${version + 1}`));
  }
};

/**
 * Tries whether a file can be read and written again, on a connection of its own: writes what it says already.
 * @throws StoreUnavailable
 */
export const tryFile = (path: string): void => {
  const database = openDatabase(path, { synchronous: 'FULL' });
  try {
    const written = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    inTransaction(database, () => database.exec(`PRAGMA user_version = ${written}`));
  } catch (error) {
    throw notOpened(path, error);
  } finally {
    database.close();
  }
};

/** Runs work in a write transaction: committed when it returns, rolled back when it throws. */
export const inTransaction = <Result>(database: DatabaseSync, work: () => Result): Result => {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isOpen && database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
};

/** What an error says; the driver's errors may come from another realm, where `instanceof` fails. */
export const messageOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
