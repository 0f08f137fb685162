import type { Job, Jobs } from './jobs.js';
import { delayMs, isTransient, pause, type Backoff } from './retrying.js';
import { Turns } from './turns.js';
import type { Generation, ViewSchema, ViewStore } from './view-store.js';

/** The generation that is kept for them. */
export const doneJobsName = 'done-jobs';

type Named = Pick<Job, 'queue' | 'id'>;

const schema: ViewSchema = { columns: {}, indexes: [] };
/** Rows are versioned by positions of the log; these know of none. */
const always = 1n;

const rowBackoff: Backoff = { firstMs: 50, maxMs: 1_000 };
const rowPatienceMs = 10_000;

const keyOf = ({ queue, id }: Named): string => JSON.stringify([queue, id]);

/** Which jobs were done, as rows of a generation that is kept. */
const doneJobs = (store: ViewStore) => {
  let kept: Promise<Generation> | undefined;

  const inKept = async <Result>(use: (generation: Generation) => Promise<Result>): Promise<Result> => {
    kept ??= store.keep(doneJobsName, schema);
    try {
      return await use(await kept);
    } catch (error) {
      // Whatever became of it: it is asked for again.
      kept = undefined;
      throw error;
    }
  };

  return {
    has: (job: Named): Promise<boolean> =>
      inKept(async (generation) => (await store.get(generation, [keyOf(job)], always)).has(keyOf(job))),
    add: (job: Named): Promise<void> => {
      const row = { key: keyOf(job), from: always, by: job.id, body: { doneAt: new Date().toISOString() } };
      return inKept((generation) => store.write(generation, [{ change: 'open', ...row, columns: {}, words: [] }]));
    },
  };
};

/**
 * Jobs that are done once although their memory may be lost and they are derived again: what was done is kept in the
 * view store for good. A job whose handler succeeded may be handled once more only if the process dies, or the view store
 * is away for long, before that is written; or if the job was at work elsewhere when the memory was lost.
 */
export const jobsDoneOnce = (jobs: Jobs, store: ViewStore): Jobs => {
  const done = doneJobs(store);
  const turns = new Turns();

  /** Kept at for a while: giving up hands the job out again. */
  const addPatiently = async (job: Named): Promise<void> => {
    const outOfPatience = AbortSignal.timeout(rowPatienceMs);
    for (let failures = 0; ; failures += 1) {
      try {
        await done.add(job);
        return;
      } catch (error) {
        if (!isTransient(error) || outOfPatience.aborted) throw error;
        await pause(delayMs(rowBackoff, failures), outOfPatience);
      }
    }
  };

  return {
    ...jobs,
    enqueue: async (job) => {
      if (!(await done.has(job))) await jobs.enqueue(job);
    },
    work: (queue, handler, options) =>
      jobs.work(
        queue,
        (job) =>
          // Lost and derived again, it can be handed out while it is still at work.
          turns.run(keyOf(job), async () => {
            if (await done.has(job)) return;
            await handler(job);
            await addPatiently(job);
          }),
        options,
      ),
  };
};
