import type { FollowBatch, RecordedEvent } from '#eventing/event-store.js';

/** Read ahead of a consumer at most: two batches, or so many bytes. */
const aheadBytes = 8 * 1024 * 1024;

type Step =
  | { readonly event: RecordedEvent; readonly bytes: number }
  /** Everything up to the position has been looked at. */
  | { readonly position: bigint }
  | { readonly live: boolean };

/** What a subscription gave and the consumer has not taken yet, in order. */
export interface FollowQueue {
  readonly add: (step: Step) => void;
  /** Resolves when there is room again. */
  readonly room: () => Promise<void> | undefined;
  /** Nothing more comes, for this reason. */
  readonly end: (fault: unknown) => void;
  /** Resolves when there is something to take, or nothing more comes. */
  readonly ready: () => Promise<void>;
  /** The next batch; undefined when there is nothing to tell. */
  readonly take: () => FollowBatch | undefined;
  /** Throws why nothing more comes, once all that came is taken. */
  readonly throwIfEnded: () => void;
}

interface Signal {
  readonly came: Promise<void>;
  readonly give: () => void;
}

const signal = (): Signal => {
  let give = (): void => undefined;
  const came = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { came, give };
};

export const followQueue = (after: bigint, batchSize: number): FollowQueue => {
  let steps: Step[] = [];
  let bytes = 0;
  let position = after;
  let live = false;
  let end: { readonly fault: unknown } | undefined;
  let taken = signal();
  let added = signal();

  /** Counts a step in; whether the consumer is told more than before by it. */
  const apply = (step: Step, events: RecordedEvent[]): boolean => {
    if ('live' in step) {
      const isNews = step.live && !live;
      live = step.live;
      return isNews;
    }
    const next = 'event' in step ? step.event.position : step.position;
    // After a drop the server begins behind the last position; nothing is given twice even if it did not.
    if (next <= position) return false;
    position = next;
    if ('event' in step) events.push(step.event);
    return true;
  };

  return {
    add: (step) => {
      const last = steps.at(-1);
      // While others write much and the consumer is slow, one position stands for all.
      if (last !== undefined && 'position' in last && 'position' in step) steps.pop();
      if ('event' in step) bytes += step.bytes;
      steps.push(step);
      added.give();
    },
    room: () => (steps.length < 2 * batchSize && bytes < aheadBytes ? undefined : taken.came),
    end: (fault) => {
      end = { fault };
      added.give();
    },
    ready: () => added.came,
    take: () => {
      const events: RecordedEvent[] = [];
      let isNews = false;
      let count = 0;
      for (const step of steps) {
        if (events.length >= batchSize) break;
        count += 1;
        if ('event' in step) bytes -= step.bytes;
        isNews = apply(step, events) || isNews;
      }
      steps = steps.slice(count);
      if (steps.length === 0 && end === undefined) added = signal();
      taken.give();
      taken = signal();
      return isNews ? { events, position, live: live && steps.length === 0 } : undefined;
    },
    throwIfEnded: () => {
      if (end !== undefined && steps.length === 0) throw end.fault;
    },
  };
};
