import type { RecordedEvent } from '#eventing/event-store.js';

/** The end of the log in memory, so that followers there neither read nor parse again. */
export interface LogTail {
  /** Takes in committed events, in log order. */
  add(event: RecordedEvent, bytes: number): void;
  /** At most `limit` events after a position, undefined when the tail does not reach back so far. */
  after(position: bigint, limit: number): readonly RecordedEvent[] | undefined;
}

export interface TailLimits {
  readonly events: number;
  readonly bytes: number;
}

/** A tail that begins after a position. Positions of this log have no gaps. */
export const logTail = (after: bigint, limits: TailLimits): LogTail => {
  const kept = new Map<bigint, { readonly event: RecordedEvent; readonly bytes: number }>();
  let bytesKept = 0;
  let before = after;
  return {
    add: (event, bytes) => {
      kept.set(event.position, { event, bytes });
      bytesKept += bytes;
      for (const [position, oldest] of kept) {
        if (kept.size <= limits.events && bytesKept <= limits.bytes) break;
        kept.delete(position);
        bytesKept -= oldest.bytes;
        before = position;
      }
    },
    after: (position, limit) => {
      if (position < before) return undefined;
      const events: RecordedEvent[] = [];
      while (events.length < limit) {
        const next = kept.get(position + BigInt(events.length) + 1n);
        if (next === undefined) break;
        events.push(next.event);
      }
      return events;
    },
  };
};
