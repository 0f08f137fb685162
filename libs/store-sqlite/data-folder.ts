import { chmod, mkdir, open } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '#eventing/event-store.js';
import { messageOf } from './database.js';

/** Another process (or another claim in this one) works on the folder. */
export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse';
  constructor(readonly folder: string) {
    super(`The data folder ${folder} is in use by another process; stop that one first or name another folder`);
  }
}

/** A folder that this process alone works on. */
export interface DataFolder {
  /** Absolute. */
  readonly path: string;
  /** The path of a file in it. */
  file(name: string): string;
  /** Gives the folder back. The end of the process does so too, whatever ended it. */
  release(): void;
}

/** Nothing else may open this file: closing any handle to it would give up the lock of the whole process. */
export const lockFile = 'lock.db';

const sqliteBusy = 5;
const isBusy = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'errcode' in error && error.errcode === sqliteBusy;

/** Takes SQLite's lock on a file, which the kernel holds for this process and releases with it. */
const takeLock = (folder: string): DatabaseSync => {
  const database = new DatabaseSync(join(folder, lockFile), { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};

/** Makes the entry of a new folder survive a power cut. */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/**
 * Makes the folder if it is missing, gives it to its owner only, and takes it for this process alone.
 * @throws DataFolderInUse when another process has it
 * @throws StoreUnavailable when it can't be made or locked
 */
export const claimDataFolder = async (folder: string): Promise<DataFolder> => {
  const path = resolve(folder);
  try {
    const made = await mkdir(path, { recursive: true, mode: 0o700 });
    if (made !== undefined) await syncFolder(dirname(made));
    await chmod(path, 0o700);
    const lock = takeLock(path);
    return {
      path,
      file: (name) => join(path, name),
      release: () => {
        if (lock.isOpen) lock.close();
      },
    };
  } catch (error) {
    if (isBusy(error)) throw new DataFolderInUse(path);
    throw new StoreUnavailable(`The data folder ${path} can't be used: ${messageOf(error)}`, { cause: error });
  }
};
