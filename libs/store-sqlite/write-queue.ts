import { inTransaction } from './database.js';
import type { PrivateFile } from './private-file.js';

type Answer = () => void;

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Writes of many to one database, whose commits they share. */
export interface WriteQueue {
  /**
   * Does the work with the rest of this turn's, in one transaction with one fsync, and answers once that is durable. Work
   * must be one statement that writes, so that one that fails leaves nothing behind and the others as they are.
   * @throws StoreUnavailable where the engine fails
   */
  readonly write: <Result>(work: () => Result) => Promise<Result>;
  /** Does what is waiting at once. */
  readonly flush: () => void;
}

/** How many times as long as the last commit took the next one gathers work, so that the disk and the loop are free for the log's own. */
const gathering = 2;

export const writeQueue = ({ database, run }: Pick<PrivateFile, 'database' | 'run'>): WriteQueue => {
  let queue: Waiting[] = [];
  let notBefore = 0;

  /** Does the work, within the transaction; what it came to is told afterwards. */
  const answerOf = ({ work, resolve, reject }: Waiting): Answer => {
    try {
      const result = run(work);
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
    const began = performance.now();
    try {
      const answers = run(() => inTransaction(database, () => group.map(answerOf)));
      for (const give of answers) give();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
    const ended = performance.now();
    notBefore = ended + gathering * (ended - began);
  };
  const schedule = (): void => {
    const waitMs = notBefore - performance.now();
    if (waitMs > 0) setTimeout(flush, waitMs);
    else setImmediate(flush);
  };
  return {
    write: (work) =>
      new Promise((resolve, reject) => {
        if (queue.push({ work, resolve, reject }) === 1) schedule();
      }),
    flush,
  };
};
