import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './database.js';

/** A connection's writes, gathered into transactions. What was done can be read on the connection at once. */
export interface GroupCommit {
  /**
   * Does some changes in the transaction that is open. They last once that is committed: soon, also if nobody waits for it. Work that
   * throws leaves behind what it has changed, so it must be such as can be done again, or change one thing.
   */
  readonly join: <Result>(changes: number, work: () => Result) => Result;
  /** Resolves once what was joined so far is committed: at the end of this turn, later if commits come so fast that they would take most of the time. */
  readonly committed: () => Promise<void>;
  /** How many commits have failed: what was joined to them is lost. */
  readonly failures: () => number;
  /** Commits what was joined, then does work in a transaction of its own. */
  readonly alone: <Result>(work: () => Result) => Result;
  /** Commits what was joined. */
  readonly flush: () => void;
}

/** So many changes are committed in a few milliseconds. */
const mostChanges = 4_000;
const soonMs = 200;
/** After a commit the next one waits for so many times what that took, */
const restAfter = 4;
/** at most. */
const longestRestMs = 50;

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** `onCommit` is told of each. */
export const groupCommit = (database: DatabaseSync, onCommit: () => void = () => undefined): GroupCommit => {
  let waiting: Waiting[] = [];
  let joined = 0;
  let failures = 0;
  let restUntil = 0;
  let soon: NodeJS.Timeout | undefined;

  const settle = (how: (one: Waiting) => void): void => {
    const settled = waiting;
    waiting = [];
    joined = 0;
    clearTimeout(soon);
    soon = undefined;
    settled.forEach(how);
  };
  const failed = (error: unknown): void => {
    failures += 1;
    if (database.isOpen && database.isTransaction) database.exec('ROLLBACK');
    settle(({ reject }) => reject(error));
  };
  const commit = (): void => {
    const began = performance.now();
    database.exec('COMMIT');
    const ended = performance.now();
    restUntil = ended + Math.min(restAfter * (ended - began), longestRestMs);
  };
  const flush = (): void => {
    try {
      if (database.isOpen && database.isTransaction) commit();
    } catch (error) {
      failed(error);
      throw error;
    }
    settle(({ resolve }) => resolve());
    onCommit();
  };
  const flushForThoseWhoWait = (): void => {
    try {
      flush();
    } catch {
      // They were told.
    }
  };

  return {
    join: (changes, work) => {
      if (!database.isTransaction) database.exec('BEGIN IMMEDIATE');
      soon ??= setTimeout(flushForThoseWhoWait, soonMs).unref();
      try {
        const result = work();
        joined += changes;
        if (joined >= mostChanges) flush();
        return result;
      } catch (error) {
        // Some faults end the whole transaction.
        if (!database.isOpen || !database.isTransaction) failed(error);
        throw error;
      }
    },
    committed: () =>
      new Promise((resolve, reject) => {
        if (waiting.push({ resolve, reject }) > 1) return;
        const restMs = restUntil - performance.now();
        if (restMs < 1) setImmediate(flushForThoseWhoWait);
        else setTimeout(flushForThoseWhoWait, restMs);
      }),
    failures: () => failures,
    alone: (work) => {
      flush();
      return inTransaction(database, work);
    },
    flush,
  };
};
