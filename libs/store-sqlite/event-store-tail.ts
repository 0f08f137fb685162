import type { RecordedEvent } from '#eventing/event-store.js';
import { eventOf, type EventRow } from './event-store-rows.js';

/** The end of the log in memory: followers there read nothing again, and what the first of them parses is parsed for all. */
export interface LogTail {
  /** Takes in a committed event, in log order. */
  add(row: EventRow): void;
  /** At most `limit` events after a position, undefined when the tail does not reach back so far. */
  after(position: bigint, limit: number): readonly RecordedEvent[] | undefined;
}

export interface TailLimits {
  readonly events: number;
  readonly bytes: number;
}

interface Kept {
  readonly row: EventRow;
  event: RecordedEvent | undefined;
}
const sizeOf = ({ data, metadata }: EventRow): number => data.length + metadata.length;

/** A tail that begins after a position. Positions of this log have no gaps. */
export const logTail = (after: bigint, limits: TailLimits): LogTail => {
  // From `first` on, the oldest first; what is before it was let go.
  let kept: Kept[] = [];
  let first = 0;
  let bytesKept = 0;
  let before = after;

  const letGo = (): void => {
    const { row } = kept[first] as Kept;
    bytesKept -= sizeOf(row);
    before = row.position;
    first += 1;
    if (first <= limits.events) return;
    kept = kept.slice(first);
    first = 0;
  };
  return {
    add: (row) => {
      kept.push({ row, event: undefined });
      bytesKept += sizeOf(row);
      while (kept.length - first > limits.events || bytesKept > limits.bytes) letGo();
    },
    after: (position, limit) => {
      if (position < before) return undefined;
      const from = first + Number(position - before);
      return kept.slice(from, from + limit).map((one) => (one.event ??= eventOf(one.row)));
    },
  };
};
