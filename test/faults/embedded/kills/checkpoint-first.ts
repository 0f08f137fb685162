import type { Checkpoints } from '#eventing/checkpoints.js';
import type { RecordedEvent } from '#eventing/event-store.js';
import type { Reactor } from '#eventing/reactor.js';
import type { Generation, RowChange, ViewStore } from '#eventing/view-store.js';

/** Broken: moves a view's checkpoint first and writes the rows only then. */
export const checkpointBeforeRows = (store: ViewStore): ViewStore => {
  let waiting: (readonly [Generation, readonly RowChange[]])[] = [];
  return {
    ...store,
    write: (generation, changes) => {
      waiting.push([generation, changes]);
      return Promise.resolve();
    },
    advance: async (name, from, to) => {
      const moved = await store.advance(name, from, to);
      const late = waiting;
      waiting = [];
      for (const [generation, changes] of late) await store.write(generation, changes);
      return moved;
    },
  };
};

/** Broken: moves a reactor's checkpoint first and lets it work only then. */
export const checkpointBeforeWork = (reactor: Reactor, checkpoints: Checkpoints): Reactor => {
  let waiting: RecordedEvent[] = [];
  return {
    ...reactor,
    checkpoints: {
      checkpoint: (name) => checkpoints.checkpoint(name),
      advance: async (name, from, to) => {
        const moved = await checkpoints.advance(name, from, to);
        const late = waiting;
        waiting = [];
        for (const event of late) await reactor.react(event);
        return moved;
      },
    },
    react: (event) => {
      waiting.push(event);
      return Promise.resolve();
    },
  };
};
