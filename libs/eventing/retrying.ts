import { setTimeout as sleep } from 'node:timers/promises';
import { OutcomeUnknown, StoreUnavailable } from './event-store.js';
import { Refusal } from './refusal.js';

/** How long to wait before trying again: doubles from `firstMs` up to `maxMs`. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}
export const defaultBackoff: Backoff = { firstMs: 100, maxMs: 10_000 };

/** The wait after so many failures (from 0), in milliseconds. */
export const delayMs = (backoff: Backoff, failures: number): number =>
  Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(failures, 30));

/** Whether trying the same again may help without anyone changing anything. */
export const isTransient = (error: unknown): boolean =>
  error instanceof StoreUnavailable || error instanceof OutcomeUnknown;

/** The refusal of a question that only the log can answer, when it can't be asked; anything else as it is. */
export const unconfirmed = (error: unknown): unknown => (isTransient(error) ? new Refusal('cannot-confirm') : error);

/** Waits; ends early and without an error on the signal. */
export const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};

/** An error's name and code. Never its message, which may quote what was being handled. */
export const faultOf = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return typeof error;
  const { name, code } = error as { name?: unknown; code?: unknown };
  return [name, code].filter((part) => typeof part === 'string').join(' ') || 'unnamed error';
};
