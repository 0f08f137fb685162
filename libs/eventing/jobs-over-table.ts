import { StoreUnavailable } from './event-store.js';
import { doneKeptMs } from './job-attempts.js';
import type { JobChange, JobTable } from './job-table.js';
import { type JobWorker, jobWorker } from './job-worker.js';
import type { Jobs } from './jobs.js';

const hourMs = 3_600_000;

interface Pending {
  readonly change: JobChange;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Jobs over a table that this process alone owns. Writes of the same turn share one commit.
 * `close` does not wait for handlers: what they were at counts as not done, and is done again by the next owner.
 */
export const jobsOver = (table: JobTable, now: () => number = Date.now): Jobs => {
  const workers = new Map<string, JobWorker>();
  let pending: Pending[] = [];
  let prunedAt = 0;
  let closed = false;

  const flush = (): void => {
    const batch = pending;
    pending = [];
    if (batch.length === 0) return;
    const changes = batch.map(({ change }) => change);
    const at = now();
    const prunes = at - prunedAt >= hourMs;
    if (prunes) changes.push({ change: 'prune', doneBefore: at - doneKeptMs });
    try {
      table.write(changes);
    } catch (error) {
      for (const { reject } of batch) reject(error);
      return;
    }
    if (prunes) prunedAt = at;
    for (const { resolve } of batch) resolve();
    for (const { change } of batch) if (change.change === 'enqueue') workers.get(change.queue)?.wake();
  };

  const write = (change: JobChange): Promise<void> =>
    new Promise((resolve, reject) => {
      if (closed) throw new StoreUnavailable('the jobs are closed');
      if (pending.push({ change, resolve, reject }) === 1) setImmediate(flush);
    });

  /** Errors of the table become the promise's. */
  const read = <Result>(from: () => Result): Promise<Result> => new Promise((resolve) => resolve(from()));

  return {
    enqueue: async ({ queue, id, payload, notBefore }) =>
      write({ change: 'enqueue', queue, id, payload: JSON.stringify(payload), due: notBefore ?? now() }),
    work: (queue, handler, options) => {
      if (workers.has(queue)) throw new Error(`${queue} has a worker already`);
      const worker = jobWorker({ table, write, now }, queue, handler, options);
      workers.set(queue, worker);
      worker.wake();
      return async () => {
        await worker.stop();
        if (workers.get(queue) === worker) workers.delete(queue);
      };
    },
    drop: (queue, field, value) => read(() => table.drop(queue, field, value)),
    counts: (queue) => read(() => table.counts(queue)),
    failed: (queue) => read(() => table.failed(queue)),
    checkpoint: (name) => read(() => table.checkpoint(name)),
    advance: (name, from, to) => read(() => table.advance(name, from, to)),
    close: () =>
      read(() => {
        if (closed) return;
        flush();
        closed = true;
        for (const worker of workers.values()) worker.abandon();
        table.close();
      }),
  };
};
