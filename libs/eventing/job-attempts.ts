import type { WorkOptions } from './jobs.js';

/** How a queue is worked on where {@link WorkOptions} leave it open. */
export const defaultWork = { concurrency: 4, attempts: 10, backoffMs: 1_000 } as const satisfies Required<WorkOptions>;

const maxBackoffMs = 3_600_000;
const maxErrorLength = 500;

/** The wait after so many failed tries (from 1), in milliseconds. */
export const waitAfter = (failures: number, backoffMs: number): number =>
  Math.min(backoffMs * 2 ** (failures - 1), maxBackoffMs);

/** What is kept of the error of a failed try. */
export const errorText = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, maxErrorLength);

/** A job that was done is remembered for so long: twice the promised day. */
export const doneKeptMs = 48 * 3_600_000;
