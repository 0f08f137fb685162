import { setImmediate } from 'node:timers/promises';
import type { FollowBatch, FollowOptions, RecordedEvent } from './event-store.js';

/** Wakes whoever waits for the next commit. */
export interface CommitBell {
  ring(): void;
  /** Resolves at the next ring, or when the signal is aborted. */
  next(signal: AbortSignal): Promise<void>;
}

export const commitBell = (): CommitBell => {
  const waiting = new Set<() => void>();
  return {
    ring: () => {
      for (const wake of [...waiting]) wake();
    },
    next: (signal) =>
      new Promise((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener('abort', wake);
        if (signal.aborted) wake();
      }),
  };
};

/** A log whose committed events can be read at once, with no other process writing to it. */
export interface LocalLog {
  /** Committed events after a position, ascending, at most `limit`; some if there are any. */
  readonly read: (after: bigint, limit: number) => readonly RecordedEvent[];
  /** The position of the last committed event. */
  readonly head: () => bigint;
  readonly isClosed: () => boolean;
  /** Rings after every commit and when the log is closed. */
  readonly bell: CommitBell;
}

const defaultBatchSize = 500;

/** Follows a log of this process: see {@link EventStore.follow}. */
export const followLog = async function* (
  log: LocalLog,
  { after, signal, batchSize = defaultBatchSize }: FollowOptions,
): AsyncGenerator<FollowBatch> {
  let position = after;
  let live = false;
  while (!signal.aborted && !log.isClosed()) {
    const events = log.read(position, Math.max(1, batchSize));
    if (live && events.length === 0) {
      // Nothing can be committed between the read above and this wait: both are in one turn.
      await log.bell.next(signal);
      continue;
    }
    position = events.at(-1)?.position ?? position;
    live = position >= log.head();
    yield { events, position, live };
    // Catching up must leave turns to everything else, however fast the consumer is.
    if (!live) await setImmediate();
  }
};
