import type { LogReading } from './log-reading.js';

interface Waiting {
  readonly views: Pick<LogReading['views'], 'waitFor'>;
  /** The view that is waited for. */
  readonly view: string;
  /** Seconds. */
  readonly wait: number;
  readonly signal: AbortSignal;
}

/** Looks again after each advance of a view until something is found, the time is over or nobody waits any more. */
export const waiting = async <Found extends { readonly found: boolean; readonly upTo: bigint }>(
  { views, view, wait, signal }: Waiting,
  after: bigint,
  look: (after: bigint, waited: boolean) => Promise<Found>,
): Promise<Found> => {
  const deadline = performance.now() + wait * 1_000;
  let result = await look(after, false);
  while (!result.found && !signal.aborted) {
    const timeoutMs = deadline - performance.now();
    if (timeoutMs <= 0 || !(await views.waitFor(view, result.upTo + 1n, { timeoutMs, signal }))) break;
    result = await look(result.upTo, true);
  }
  return result;
};
