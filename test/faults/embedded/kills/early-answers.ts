import type { EventStore } from '#eventing/event-store.js';

const laterMs = 3;

/** Broken: answers an append with what it will come to, and hands it to the log a little later. */
export const answeringEarly = (log: EventStore): EventStore => {
  let next: Promise<bigint> | undefined;
  return {
    ...log,
    append: async (stream, expected, events) => {
      const count = BigInt(events.length);
      next = (next ?? log.head()).then((before) => before + count);
      const position = await next;
      setTimeout(() => void log.append(stream, expected, events), laterMs);
      return { position, revision: (expected === 'no-stream' ? -1n : expected) + count };
    },
  };
};
