import type { Job, JobAttempt, JobCounts } from './jobs.js';
import type { Checkpoint } from './view-store.js';

/** A change to kept jobs. Times are epoch ms, payloads JSON text. What names a job that is not there changes nothing. */
export type JobChange =
  | {
      readonly change: 'enqueue';
      readonly queue: string;
      readonly id: string;
      readonly payload: string;
      readonly due: number;
    }
  | { readonly change: 'done'; readonly queue: string; readonly id: string; readonly at: number }
  | {
      readonly change: 'retry';
      readonly queue: string;
      readonly id: string;
      readonly attempt: number;
      readonly due: number;
    }
  | {
      readonly change: 'fail';
      readonly queue: string;
      readonly id: string;
      readonly at: number;
      readonly error: string;
    }
  /** Forgets the jobs done before a time. */
  | { readonly change: 'prune'; readonly doneBefore: number };

/** Where a queue that lives in one process keeps its jobs. Which ones are being worked on it need not know. */
export interface JobTable {
  /**
   * Applies all or nothing. The first job under an id stands. What became of a job is durable when it returns; jobs that are only
   * enqueued may be lost in a power cut, as long as every checkpoint that was moved after them is, too.
   */
  write(changes: readonly JobChange[]): void;
  /** The waiting jobs due by now, by due time, then in the order they came. */
  due(queue: string, now: number, limit: number): readonly JobAttempt[];
  /** When the next waiting job is due after now. */
  nextDue(queue: string, now: number): number | undefined;
  drop(queue: string, field: string, value: string): number;
  counts(queue: string): JobCounts;
  failed(queue: string): readonly (Job & { readonly error: string })[];
  /** Kept with the jobs; tells the memory it is in. */
  checkpoint(name: string): Checkpoint;
  /** Moves it, no more durable than the jobs before it, if it stands at `from.position` in the memory of `from`; says whether it did. */
  advance(name: string, from: Checkpoint, to: Checkpoint): boolean;
  close(): void;
}
