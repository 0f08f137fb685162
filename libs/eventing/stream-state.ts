import { type Aggregate, type FoldedEvent, streamOf } from './aggregate.js';
import type { EventStore } from './event-store.js';
import { type EventTypes, upcast } from './event-types.js';

const rememberedCommands = 1_000;
/** So many more are kept at times, as forgetting them one by one is slow. */
const forgottenTogether = 250;
const rememberedMs = 24 * 60 * 60 * 1_000;

/** A command with an Idempotency-Key that has led to events of this stream. */
export interface RememberedCommand {
  readonly requestHash: string;
  /** RFC 3339 */
  readonly decidedAt: string;
  readonly events: { readonly id: string; readonly type: string }[];
  revision: bigint;
  position: bigint;
}

/** A stream's folded state, and what the loop needs beside it. */
export interface StreamState<State> {
  readonly stream: string;
  state: State;
  /** Of the last folded event, -1 before the first. */
  revision: bigint;
  /** Of the last committed event. */
  position: bigint;
  readonly commands: Map<string, RememberedCommand>;
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
  commands: new Map(),
  durable: Promise.resolve(),
  pending: 0,
  outdated: false,
});

/** Folds one event, remembering the command that led to it: see {@link rememberedCommand}. */
export const foldInto = <State>(
  entry: StreamState<State>,
  aggregate: Aggregate<State>,
  event: FoldedEvent & { readonly position?: bigint },
): void => {
  entry.state = aggregate.evolve(entry.state, event);
  entry.revision = event.revision;
  entry.position = event.position ?? entry.position;
  const { commandId, requestHash, decidedAt = '' } = event.metadata;
  if (commandId === undefined || requestHash === undefined) return;
  let known = entry.commands.get(commandId);
  if (known?.decidedAt !== decidedAt) {
    entry.commands.delete(commandId);
    known = { requestHash, decidedAt, events: [], revision: 0n, position: 0n };
    entry.commands.set(commandId, known);
    if (entry.commands.size >= rememberedCommands + forgottenTogether) forgetOldest(entry.commands);
  }
  known.events.push({ id: event.id, type: event.type });
  known.revision = event.revision;
  known.position = event.position ?? known.position;
};

/** What an earlier command with this id came to: for 24 hours by the commands' own clocks, of the latest 1,000 in a stream. */
export const rememberedCommand = (
  { commands }: StreamState<unknown>,
  { commandId, now }: { readonly commandId: string; readonly now: string },
): RememberedCommand | undefined => {
  const known = commands.get(commandId);
  return known !== undefined && Date.parse(now) - Date.parse(known.decidedAt) <= rememberedMs ? known : undefined;
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

const forgetOldest = (commands: Map<string, RememberedCommand>): void => {
  for (const id of commands.keys()) {
    if (commands.size <= rememberedCommands) return;
    commands.delete(id);
  }
};
