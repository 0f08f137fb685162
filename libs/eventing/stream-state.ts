import { type Aggregate, type FoldedEvent, streamOf } from './aggregate.js';
import type { EventStore } from './event-store.js';
import { type EventTypes, upcast } from './event-types.js';
import { RememberedCommands } from './remembered-commands.js';

/** A stream's folded state, and what the loop needs beside it. */
export interface StreamState<State> {
  readonly stream: string;
  state: State;
  /** Of the last folded event, -1 before the first. */
  revision: bigint;
  /** Of the last committed event. */
  position: bigint;
  readonly commands: RememberedCommands;
  /** Settles once all appends that the state builds on have; rejects when one of them failed. */
  durable: Promise<void>;
  /** How many of them have not settled. */
  pending: number;
  /** It was dropped: nothing may build on it any more. */
  outdated: boolean;
}

const emptyStream = <State>(aggregate: Aggregate<State>, stream: string, id: string): StreamState<State> => ({
  stream,
  state: aggregate.initial(id),
  revision: -1n,
  position: 0n,
  commands: new RememberedCommands(),
  durable: Promise.resolve(),
  pending: 0,
  outdated: false,
});

/** Folds one event, remembering the command that led to it. */
export const foldInto = <State>(
  entry: StreamState<State>,
  aggregate: Aggregate<State>,
  event: FoldedEvent & { readonly position?: bigint },
): void => {
  entry.state = aggregate.evolve(entry.state, event);
  entry.revision = event.revision;
  entry.position = event.position ?? entry.position;
  entry.commands.add(event);
};

/** A stream's state from its first event on. */
export const foldedStream = async <State>(
  store: EventStore,
  types: EventTypes,
  aggregate: Aggregate<State>,
  id: string,
): Promise<StreamState<State>> => {
  const stream = streamOf(aggregate, id);
  const entry = emptyStream(aggregate, stream, id);
  for await (const event of store.readStream(stream)) foldInto(entry, aggregate, upcast(types, event));
  return entry;
};
