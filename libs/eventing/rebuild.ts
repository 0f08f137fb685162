import { digestOf } from './digest.js';
import { StoreUnavailable, type EventStore } from './event-store.js';
import type { ViewStore } from './view-store.js';
import type { ViewRunner } from './view-runner.js';

/** How far a build is. */
export interface BuildProgress {
  readonly position: bigint;
  readonly head: bigint;
}

export interface Verification {
  readonly equal: boolean;
  readonly live: string;
  readonly rebuilt: string;
  /** Where both were compared. */
  readonly position: bigint;
}

const comparisons = 3;

/**
 * Waits until a build has reached a position.
 * @throws StoreUnavailable when it is stopped before
 * @throws whatever a strict build failed with
 */
export const built = async (runner: ViewRunner, position: bigint, signal: AbortSignal): Promise<void> => {
  const ended = runner.finished.then(() => false);
  if (!(await Promise.race([runner.waitFor(position, { signal }), ended])))
    throw new StoreUnavailable('The build was stopped');
};

/**
 * Compares a copy built from the log alone with the live one, both as they were at the copy's position.
 * `liveDigest` answers once the live one has reached the position.
 */
export const compare = async (
  log: EventStore,
  store: ViewStore,
  copy: ViewRunner,
  liveDigest: (position: bigint) => Promise<string>,
  signal: AbortSignal,
): Promise<Verification> => {
  for (let tries = 1; ; tries += 1) {
    await built(copy, await log.head(), signal);
    const { position } = copy.checkpoint;
    const live = await liveDigest(position);
    const rebuilt = await digestOf(store.scan(copy.generation), position);
    const equal = live === rebuilt;
    // Someone may have been erased in between: that scrubs the past too, in one of the two before the other.
    if (equal || tries === comparisons || position === (await log.head())) return { equal, live, rebuilt, position };
  }
};
