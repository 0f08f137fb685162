import type { RecordedEvent } from './event-store.js';

/** Committed events after a position, ascending, at most `limit`; some if there are any. */
export type ReadRun = (after: bigint, limit: number) => readonly RecordedEvent[];

const mostRuns = 8;

/** Remembers the runs that were read last, so that followers who are at about the same place share the reading and decoding. */
export const sharedRuns = (read: ReadRun): ReadRun => {
  let runs: { readonly after: bigint; readonly upTo: bigint; readonly events: readonly RecordedEvent[] }[] = [];
  return (after, limit) => {
    const known = runs.find((run) => run.after <= after && after < run.upTo);
    if (known !== undefined) {
      const start = after === known.after ? 0 : known.events.findIndex(({ position }) => position > after);
      return known.events.slice(start, start + limit);
    }
    const events = read(after, limit);
    const upTo = events.at(-1)?.position;
    if (upTo !== undefined) runs = [{ after, upTo, events }, ...runs.slice(0, mostRuns - 1)];
    return events;
  };
};
