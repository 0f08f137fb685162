import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable } from './event-store.js';
import { defaultWork, errorText, waitAfter } from './job-attempts.js';
import type { JobChange, JobTable } from './job-table.js';
import type { JobAttempt, WorkOptions } from './jobs.js';

/** Works on one queue of a table. */
export interface JobWorker {
  /** Looks for due jobs now. */
  wake(): void;
  /** Takes no more jobs; resolves when the running ones are settled. */
  stop(): Promise<void>;
  /** Takes no more jobs and writes nothing more. */
  abandon(): void;
}

/** Timers of Node hold no more than 31 bits. */
const maxTimerMs = 2 ** 31 - 1;
const unavailableRetryMs = 1_000;

/** Runs a handler for the due jobs of a queue, sleeping until the next one is due. */
export const jobWorker = (
  jobs: { readonly table: JobTable; readonly write: (change: JobChange) => Promise<void>; readonly now: () => number },
  queue: string,
  handler: (job: JobAttempt) => Promise<void>,
  options: WorkOptions = {},
): JobWorker => {
  const { concurrency, attempts, backoffMs } = { ...defaultWork, ...options };
  const running = new Map<string, Promise<void>>();
  const abandoned = new AbortController();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const outcomeOf = async (job: JobAttempt): Promise<JobChange> => {
    const { id, attempt } = job;
    try {
      await handler(job);
      return { change: 'done', queue, id, at: jobs.now() };
    } catch (error) {
      if (attempt >= attempts) return { change: 'fail', queue, id, at: jobs.now(), error: errorText(error) };
      return { change: 'retry', queue, id, attempt: attempt + 1, due: jobs.now() + waitAfter(attempt, backoffMs) };
    }
  };

  /** A job whose outcome can't be written stays taken, or it would be done over and over while the disk is full; at the end it is left to the next owner. */
  const settle = async (outcome: JobChange): Promise<void> => {
    while (!abandoned.signal.aborted) {
      try {
        await jobs.write(outcome);
        return;
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        if (stopped) return;
      }
      await sleep(unavailableRetryMs, undefined, { signal: abandoned.signal }).catch((error: unknown) => {
        if (!abandoned.signal.aborted) throw error;
      });
    }
  };

  const run = async (job: JobAttempt): Promise<void> => {
    await settle(await outcomeOf(job));
    running.delete(job.id);
    wake();
  };

  const take = (): number | undefined => {
    const now = jobs.now();
    for (const job of jobs.table.due(queue, now, running.size + concurrency)) {
      if (running.size >= concurrency) return undefined;
      if (!running.has(job.id)) running.set(job.id, run(job));
    }
    const next = jobs.table.nextDue(queue, now);
    return next === undefined ? undefined : next - now;
  };

  const wake = (): void => {
    clearTimeout(timer);
    if (stopped || running.size >= concurrency) return;
    let waitMs: number | undefined;
    try {
      waitMs = take();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      waitMs = unavailableRetryMs;
    }
    if (waitMs !== undefined) timer = setTimeout(wake, Math.min(waitMs, maxTimerMs));
  };

  const takeNoMore = (): void => {
    stopped = true;
    clearTimeout(timer);
  };

  return {
    wake,
    stop: async () => {
      takeNoMore();
      await Promise.all(running.values());
    },
    abandon: () => {
      takeNoMore();
      abandoned.abort();
    },
  };
};
