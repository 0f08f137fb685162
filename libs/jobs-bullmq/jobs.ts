import { type Job as BullJob, Queue } from 'bullmq';
import { StoreUnavailable } from '#eventing/event-store.js';
import { doneKeptMs } from '#eventing/job-attempts.js';
import type { Job, Jobs } from '#eventing/jobs.js';
import type { JsonObject } from '#eventing/json.js';
import { redisCheckpoints } from './checkpoints.js';
import { dropFrom } from './drop.js';
import { bullIdOf, escapeName, idOf, keyPrefix } from './names.js';
import { answerOf, connectedRedis, cut } from './redis.js';
import { attemptsOfWorker, type BullWorker, bullWorker } from './worker.js';

export interface BullmqOptions {
  /** What all keys begin with (default `grantrail`): installations that share a Redis take different ones. */
  readonly prefix?: string;
  /** Is told what workers meet while they wait for Redis or try again. */
  readonly onFault?: (fault: string) => void;
}

type BullQueue = Queue<JsonObject, void>;

const undone = ['wait', 'prioritized', 'delayed', 'active'] as const;

const jobOf = (queue: string, { id = '', data }: BullJob<JsonObject>): Job => ({ id: idOf(id), queue, payload: data });

/**
 * Jobs in the Redis at a `redis://` or `rediss://` address, shared by any number of processes. While Redis is away,
 * what is asked fails within two seconds and workers wait for it; whatever runs when one dies is taken up by others.
 * @throws StoreUnavailable when Redis can't be reached, or may drop what it keeps
 */
export const bullmqJobs = async (url: string, options: BullmqOptions = {}): Promise<Jobs> => {
  const { prefix = 'grantrail', onFault = () => undefined } = options;
  const redis = await connectedRedis(url);
  const queues = new Map<string, BullQueue>();
  const workers = new Map<string, BullWorker>();
  let closed = false;

  const queueOf = (name: string): BullQueue => {
    if (closed) throw new StoreUnavailable('the jobs are closed');
    const known = queues.get(name);
    if (known !== undefined) return known;
    // Not waiting for Redis here leaves every wait to the connection, which bounds it.
    const ways = {
      prefix: keyPrefix(prefix),
      skipWaitingForReady: true,
      skipVersionCheck: true,
      skipMetasUpdate: true,
    };
    const queue: BullQueue = new Queue(escapeName(name), { connection: redis, ...ways });
    queue.on('error', () => undefined);
    queues.set(name, queue);
    return queue;
  };

  return {
    enqueue: async ({ queue, id, payload, notBefore }) => {
      const now = Date.now();
      await answerOf(
        queueOf(queue).add('job', payload, {
          jobId: bullIdOf(id),
          timestamp: now,
          ...(notBefore !== undefined && notBefore > now && { delay: notBefore - now }),
          ...attemptsOfWorker,
          removeOnComplete: { age: doneKeptMs / 1_000 },
          stackTraceLimit: 0,
        }),
      );
    },
    work: (queue, handler, workOptions) => {
      if (closed) throw new StoreUnavailable('the jobs are closed');
      if (workers.has(queue)) throw new Error(`${queue} has a worker already`);
      const worker = bullWorker({ url, prefix, queue, handler, options: workOptions, onFault });
      workers.set(queue, worker);
      return async () => {
        await worker.stop();
        if (workers.get(queue) === worker) workers.delete(queue);
      };
    },
    drop: async (queue, field, value) => answerOf(dropFrom(redis, queueOf(queue), ({ data }) => data[field] === value)),
    counts: async (queue) => {
      const { failed = 0, ...others } = await answerOf(queueOf(queue).getJobCounts(...undone, 'failed'));
      return { waiting: Object.values(others).reduce((sum, count) => sum + count, 0), failed };
    },
    failed: async (queue) => {
      const jobs = await answerOf(queueOf(queue).getJobs(['failed'], 0, -1, true));
      return jobs.map((job) => ({ ...jobOf(queue, job), error: job.failedReason }));
    },
    ...redisCheckpoints(redis, prefix),
    close: async () => {
      if (closed) return;
      closed = true;
      await Promise.all([...workers.values()].map((worker) => worker.abandon()));
      // What was asked before is answered first, if Redis is there.
      await redis.quit().catch(() => undefined);
      cut(redis);
    },
  };
};
