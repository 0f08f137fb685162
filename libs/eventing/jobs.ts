import type { Checkpoints } from './checkpoints.js';
import type { JsonObject } from './json.js';

/** Work to do at least once. `id` makes it one: the same id again is not a second job, also after it was done (for a day at least). Payloads hold no personal data. */
export interface Job {
  readonly id: string;
  readonly queue: string;
  readonly payload: JsonObject;
  /** Not before this time (epoch ms; default: at once). */
  readonly notBefore?: number;
}

export interface JobAttempt extends Job {
  /** 1 at the first try. */
  readonly attempt: number;
}

export interface WorkOptions {
  /** At most so many at a time (default 4). */
  readonly concurrency?: number;
  /** After so many failed tries the job is given up and kept as failed (default 10). */
  readonly attempts?: number;
  /** Wait before the second try; doubles with each further one, up to an hour (default 1,000 ms). */
  readonly backoffMs?: number;
}

export interface JobCounts {
  readonly waiting: number;
  readonly failed: number;
}

/**
 * Durable queues. Every adapter passes `jobsContract` whole. All errors but misuse are {@link StoreUnavailable}.
 *
 * Its memory may be lost by itself or come back as it once was, with all jobs since. Who derives jobs from the log
 * therefore keeps the checkpoint here: it is lost with the jobs behind it, and then they are derived again. A checkpoint
 * names its memory (the same for all processes, made at first use), and only moves on in that one.
 */
export interface Jobs extends Checkpoints {
  /** Resolves when the job is kept. */
  enqueue(job: Job): Promise<void>;
  /** Works on a queue until {@link Jobs.close} or until the returned function was called, which waits for running handlers. One worker a queue and process. */
  work(queue: string, handler: (job: JobAttempt) => Promise<void>, options?: WorkOptions): () => Promise<void>;
  /** Drops waiting and failed jobs of a queue whose payload holds this field value (an erased person's mails). */
  drop(queue: string, field: string, value: string): Promise<number>;
  counts(queue: string): Promise<JobCounts>;
  /** The jobs given up, oldest first. */
  failed(queue: string): Promise<readonly (Job & { readonly error: string })[]>;
  close(): Promise<void>;
}
