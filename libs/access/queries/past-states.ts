import { type Aggregate, streamOf } from '#eventing/aggregate.js';
import type { States } from '#eventing/command-loop.js';
import type { EventStore } from '#eventing/event-store.js';
import { upcast } from '#eventing/event-types.js';
import { eventTypes } from '../events.js';

/** As they were at a position; each stream is folded once. */
export const statesAt = (log: Pick<EventStore, 'readStream'>, position: bigint): States => {
  const folded = new Map<string, Promise<{ readonly state: unknown; readonly revision: bigint }>>();
  const fold = async <State>(aggregate: Aggregate<State>, id: string) => {
    let state = aggregate.initial(id);
    let revision = -1n;
    for await (const event of log.readStream(streamOf(aggregate, id))) {
      if (event.position > position) break;
      state = aggregate.evolve(state, upcast(eventTypes, event));
      revision = event.revision;
    }
    return { state, revision };
  };
  return {
    look: async <State, Result>(
      aggregate: Aggregate<State>,
      id: string,
      look: (state: State, revision: bigint) => Result,
    ) => {
      const stream = streamOf(aggregate, id);
      const known = folded.get(stream) ?? fold(aggregate, id);
      folded.set(stream, known);
      const { state, revision } = await known;
      return look(state as State, revision);
    },
  };
};
