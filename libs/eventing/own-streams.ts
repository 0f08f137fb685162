import { type Aggregate, streamOf } from './aggregate.js';
import { appendUntilKnown } from './append-until-known.js';
import type { Appended, EventStore, NewEvent } from './event-store.js';
import { type EventTypes } from './event-types.js';
import { foldedStream, foldInto, type StreamState } from './stream-state.js';
import { StreamStates } from './stream-states.js';
import { type Seen, StateOutdated, type Streams } from './streams.js';

/**
 * Streams of a log that this process alone writes to. What it appends it folds at once, without waiting for the disk,
 * so that the next decision can build on it and share its group commit; whoever looks waits until it is durable.
 */
export class OwnStreams implements Streams {
  readonly #store: EventStore;
  readonly #types: EventTypes;
  readonly #patienceMs: number;
  readonly #states: StreamStates;

  constructor(store: EventStore, types: EventTypes, options: { readonly patienceMs: number; readonly kept: number }) {
    this.#store = store;
    this.#types = types;
    this.#patienceMs = options.patienceMs;
    this.#states = new StreamStates(options.kept);
  }

  atHand<State>(aggregate: Aggregate<State>, id: string): StreamState<State> | undefined {
    return this.#states.kept(streamOf(aggregate, id)) as StreamState<State> | undefined;
  }

  isTrue({ pending, outdated }: StreamState<unknown>): boolean {
    return pending === 0 && !outdated;
  }

  async known<State>(aggregate: Aggregate<State>, id: string): Promise<StreamState<State>> {
    const stream = streamOf(aggregate, id);
    const entry = await this.#states.get(stream, () => foldedStream(this.#store, this.#types, aggregate, id));
    return entry as StreamState<State>;
  }

  async newest<State>(aggregate: Aggregate<State>, id: string): Promise<StreamState<State>> {
    return this.known(aggregate, id);
  }

  async settled({ durable }: Seen): Promise<void> {
    await durable;
  }

  /** The state is dropped if the append fails. */
  append<State>(
    { entry }: Seen<State>,
    aggregate: Aggregate<State>,
    events: readonly NewEvent[],
  ): Promise<{ readonly appended: Promise<Appended> }> {
    return new Promise((resolve) => resolve({ appended: this.#begin(entry, aggregate, events) }));
  }

  #begin<State>(
    entry: StreamState<State>,
    aggregate: Aggregate<State>,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    if (entry.outdated) throw new StateOutdated();
    const { stream, durable } = entry;
    const expected = entry.revision === -1n ? 'no-stream' : entry.revision;
    try {
      for (const event of events) foldInto(entry, aggregate, { ...event, stream, revision: entry.revision + 1n });
    } catch (error) {
      this.#states.drop(entry);
      throw error;
    }
    this.#states.hold(entry);
    const appended = appendUntilKnown(this.#store, { stream, expected, events }, this.#patienceMs);
    entry.pending += 1;
    entry.durable = this.#durable(entry, durable, appended, events[0]?.metadata['commandId']);
    entry.durable.catch(() => undefined);
    return appended;
  }

  /** Settles after every append folded into the state so far has; rejects when one failed. */
  async #durable(
    entry: StreamState<unknown>,
    before: Promise<void>,
    appended: Promise<Appended>,
    commandId = '',
  ): Promise<void> {
    try {
      const { position } = await appended;
      entry.position = position;
      const command = entry.commands.get(commandId);
      if (command !== undefined) command.position = position;
    } catch {
      // Whoever appended is told why; what was built on it is decided again.
      this.#states.drop(entry);
    }
    await before.catch(() => undefined);
    entry.pending -= 1;
    if (entry.pending === 0) this.#states.release(entry);
    if (entry.outdated) throw new StateOutdated();
  }
}
