import { type BackendFactory, type Job, QueueKeys, RedisConnection, RedisQueueBackend, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultWork, errorText, waitAfter } from '#eventing/job-attempts.js';
import type { JobAttempt, WorkOptions } from '#eventing/jobs.js';
import type { JsonObject } from '#eventing/json.js';
import { pause } from '#eventing/retrying.js';
import { escapeName, idOf, keyPrefix } from './names.js';
import { answerMs, cut, faultText, workingRedis } from './redis.js';

export interface WorkerParts {
  readonly url: string;
  readonly prefix: string;
  readonly queue: string;
  readonly handler: (job: JobAttempt) => Promise<void>;
  readonly options: WorkOptions | undefined;
  readonly onFault: (fault: string) => void;
}

/** A job belongs to whoever took it while they renew this; a killed worker's is taken up within the sum of both, and a second interval. */
const lockMs = 5_000;
const stalledIntervalMs = 2_000;
const retryMs = 1_000;

/** In the words of a Redis script: ever. */
const noLimit = 2 ** 31 - 1;

/** How often BullMQ may try is left to the worker, which gives a job up by its own options. */
export const attemptsOfWorker = { attempts: noLimit, backoff: { type: 'by-worker' } };
const givenUp = -1;

/** Works on a queue of BullMQ. */
export interface BullWorker {
  /** Takes no more jobs; resolves when the running ones are settled, and told to Redis if it is there. */
  stop(): Promise<void>;
  /** Lets go of everything at once: what runs counts as not done. */
  abandon(): Promise<void>;
}

export const bullWorker = ({ url, prefix, queue, handler, options, onFault }: WorkerParts): BullWorker => {
  const { concurrency, attempts, backoffMs } = { ...defaultWork, ...options };
  const [main, blocking] = [workingRedis(url), workingRedis(url)];
  const running = new Set<Promise<unknown>>();

  const errorOf = async (job: JobAttempt): Promise<string | undefined> => {
    try {
      await handler(job);
      return undefined;
    } catch (error) {
      return errorText(error);
    }
  };

  const handle = async (job: Job<JsonObject, void>): Promise<void> => {
    const run = errorOf({ id: idOf(job.id ?? ''), queue, payload: job.data, attempt: job.attemptsMade + 1 });
    running.add(run);
    const error = await run;
    running.delete(run);
    // An error of ours, since BullMQ takes some of others for orders.
    if (error !== undefined) throw new Error(error);
  };

  const worker = new Worker<JsonObject, void, string, RedisQueueBackend>(
    escapeName(queue),
    handle,
    {
      connection: main,
      prefix: keyPrefix(prefix),
      concurrency,
      lockDuration: lockMs,
      stalledInterval: stalledIntervalMs,
      maxStalledCount: noLimit,
      runRetryDelay: retryMs,
      settings: {
        backoffStrategy: (failures) => (failures >= attempts ? givenUp : waitAfter(failures, backoffMs)),
      },
    },
    backendOn(main, blocking),
  );
  worker.on('error', (error) => onFault(faultText(error)));

  const letGo = (): void => [main, blocking].forEach(cut);
  return {
    stop: async () => {
      const closed = worker.close();
      const told = new AbortController();
      const settled = async (): Promise<void> => {
        while (running.size > 0) await Promise.allSettled(running);
        await pause(answerMs, told.signal);
      };
      await Promise.race([closed, settled()]);
      told.abort();
      letGo();
      await closed;
    },
    abandon: async () => {
      const closed = worker.close(true);
      letGo();
      await closed;
    },
  };
};

/** Asks for the next job again only after a while when Redis refuses that, for example because it is full. */
class PatientBackend extends RedisQueueBackend {
  override async moveToActive(...asked: Parameters<RedisQueueBackend['moveToActive']>): Promise<unknown[]> {
    try {
      return (await super.moveToActive(...asked)) as unknown[];
    } catch (error) {
      if ((error as Error).name === 'ReplyError') await sleep(retryMs);
      throw error;
    }
  }
}

/** Leaves both connections in our hands, so that a worker can be ended whatever Redis does. */
const backendOn =
  (main: Redis, blocking: Redis): BackendFactory<RedisQueueBackend> =>
  (name, options) => {
    const queueKeys = new QueueKeys((options as { readonly prefix?: string }).prefix);
    return new PatientBackend(
      new RedisConnection(main, { blocking: false }),
      name,
      queueKeys.getKeys(name),
      (type) => queueKeys.toKey(name, type),
      options,
      new RedisConnection(blocking, { blocking: true }),
    );
  };
