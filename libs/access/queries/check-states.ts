import { type Aggregate, streamOf } from '#eventing/aggregate.js';
import type { CommandLoop } from '#eventing/command-loop.js';
import type { EventStore } from '#eventing/event-store.js';
import { upcast } from '#eventing/event-types.js';
import { refuse } from '#eventing/refusal.js';
import { eventTypes } from '../events.js';

/** The states of streams. What a function is given it must not keep. */
export interface States {
  readonly look: <State, Result>(
    aggregate: Aggregate<State>,
    id: string,
    look: (state: State, revision: bigint) => Result,
  ) => Promise<Result>;
}

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

const patienceMs = 2_000;

/**
 * Works on the states of today as they all stood at one moment: done again while a stream that was looked at has moved on.
 * @throws Refusal cannot-confirm when they do not stand still within 2 s
 */
export const atOneMoment = async <Result>(
  { loop }: { readonly loop: Pick<CommandLoop, 'read'> },
  work: (states: States) => Promise<Result>,
): Promise<Result> => {
  const deadline = Date.now() + patienceMs;
  do {
    const seen = new Map<string, { readonly revision: bigint; readonly again: () => Promise<bigint> }>();
    let moved = false;
    const result = await work({
      look: (aggregate, id, look) =>
        loop.read(aggregate, id, (state, revision) => {
          const stream = streamOf(aggregate, id);
          moved ||= (seen.get(stream)?.revision ?? revision) !== revision;
          const again = (): Promise<bigint> => loop.read(aggregate, id, (_, latest) => latest);
          seen.set(stream, { revision, again });
          return look(state, revision);
        }),
    });
    // One stream alone is always at one moment.
    if (seen.size > 1) {
      const latest = await Promise.all(
        [...seen.values()].map(async ({ revision, again }) => (await again()) === revision),
      );
      moved ||= latest.includes(false);
    }
    if (!moved) return result;
  } while (Date.now() < deadline);
  return refuse('cannot-confirm');
};
