import { type Aggregate, streamOf } from '#eventing/aggregate.js';
import { NotAtHand, runOn, type States, type Work } from '#eventing/at-hand.js';
import type { EventStore } from '#eventing/event-store.js';
import { upcast } from '#eventing/event-types.js';
import { eventTypes } from '../events.js';

interface Past {
  readonly state: unknown;
  readonly revision: bigint;
}

/** As they were at a position; each stream is folded once. */
export const statesAt = (log: Pick<EventStore, 'readStream'>, position: bigint): States => {
  const folded = new Map<string, Past>();
  const folding = new Map<string, Promise<void>>();
  const fold = async <State>(aggregate: Aggregate<State>, id: string, stream: string): Promise<void> => {
    let state = aggregate.initial(id);
    let revision = -1n;
    for await (const event of log.readStream(stream)) {
      if (event.position > position) break;
      state = aggregate.evolve(state, upcast(eventTypes, event));
      revision = event.revision;
    }
    folded.set(stream, { state, revision });
  };
  return {
    look: <State, Result>(
      aggregate: Aggregate<State>,
      id: string,
      look: (state: State, revision: bigint) => Result,
    ): Result => {
      const stream = streamOf(aggregate, id);
      const past = folded.get(stream);
      if (past !== undefined) return look(past.state as State, past.revision);
      const coming = folding.get(stream) ?? fold(aggregate, id, stream);
      folding.set(stream, coming);
      throw new NotAtHand(coming);
    },
  };
};

/** What works come to on such states, once all that they look at is folded. @throws Refusal the first work's own */
export const onceFolded = async <Result>(
  states: States,
  works: readonly Work<Result>[],
): Promise<readonly Result[]> => {
  for (;;) {
    const { lacking, results } = runOn(states, works);
    if (lacking.length === 0) return results();
    await Promise.all(lacking);
  }
};
