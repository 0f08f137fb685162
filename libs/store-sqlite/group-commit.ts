import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './database.js';
import { onDatabase } from './private-file.js';

type Answer = () => void;

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Work on a database whose commits are shared. */
export interface GroupCommit {
  /**
   * Does the work with the rest of this turn's, in one transaction with one fsync, and answers once that is durable. Work
   * must be one statement that writes, so that one that fails leaves nothing behind and the others as they are.
   * @throws StoreUnavailable where the engine fails
   */
  readonly commit: <Result>(work: () => Result) => Promise<Result>;
  /** Does what is waiting at once. */
  readonly flush: () => void;
}

export const groupCommit = (database: DatabaseSync): GroupCommit => {
  let queue: Waiting[] = [];

  /** Does the work, within the transaction; what it came to is told afterwards. */
  const answerOf = ({ work, resolve, reject }: Waiting): Answer => {
    try {
      const result = onDatabase(work);
      return () => resolve(result as never);
    } catch (error) {
      if (!database.isTransaction) throw error;
      return () => reject(error);
    }
  };
  const flush = (): void => {
    const group = queue;
    queue = [];
    if (group.length === 0) return;
    try {
      const answers = onDatabase(() => inTransaction(database, () => group.map(answerOf)));
      for (const give of answers) give();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  };
  return {
    commit: (work) =>
      new Promise((resolve, reject) => {
        if (queue.push({ work, resolve, reject }) === 1) setImmediate(flush);
      }),
    flush,
  };
};
