import { setTimeout as wait } from 'node:timers/promises';
import { type Aggregate, type Fact, streamOf } from './aggregate.js';
import { appendUntilKnown } from './append-until-known.js';
import type { CommandContext, Outcome } from './command.js';
import type { EventSealer } from './event-sealer.js';
import { type Appended, type EventStore, type NewEvent, RevisionConflict, StoreUnavailable } from './event-store.js';
import { type EventTypes, UnknownEventType, upcast } from './event-types.js';
import { derivedId } from './ids.js';
import { metadataOf } from './metadata.js';
import { Refusal } from './refusal.js';
import { type StreamState, emptyStream, foldInto } from './stream-state.js';
import { StreamStates } from './stream-states.js';
import { Turns } from './turns.js';

/** A command brought to one stream. */
export interface Decision<State> {
  readonly aggregate: Aggregate<State>;
  /** Of the stream, without its category. */
  readonly id: string;
  readonly context: CommandContext;
  /** Authorises and decides on the state written to; called again with newer state after a conflict. Must not keep the state. */
  readonly decide: (state: State) => readonly Fact[] | Promise<readonly Fact[]>;
  /** The revision of the addressed thing's last event, for If-Match; the stream's own when left out. */
  readonly revisionOf?: (state: State) => bigint | undefined;
}

export interface CommandLoopOptions {
  readonly store: EventStore;
  readonly types: EventTypes;
  readonly sealer: EventSealer;
  /** Whether other processes append to the same log: what needs no append is then confirmed by a read of the stream's head. */
  readonly sharedLog?: boolean;
  /** Streams kept folded (default 20,000). */
  readonly cachedStreams?: number;
  /** How long lost races and unknown outcomes are tried again (default 2,000 ms). */
  readonly patienceMs?: number;
}

/** The answer of a turn comes once everything it was decided on is durable. */
type Answer = () => Promise<Outcome>;

/** The state was folded from events that never became durable, or that others have added to: decide again. */
class StateOutdated extends Error {
  override readonly name = 'StateOutdated';
}

const unchanged = { changed: false, events: [], replayed: false, facts: [] };

/** Gives what was seen, or throws the refusal that looking led to, when asked for it. */
const seenBy = <Result>(look: () => Result): (() => Result) => {
  try {
    const seen = look();
    return () => seen;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return () => {
      throw error;
    };
  }
};

/**
 * From command to events. Commands of one stream take turns; a turn folds the stream (from a bounded cache), decides, and appends at
 * the state's revision without waiting for the disk, so that the next turn can build on it and share its group commit.
 * Nothing is answered before all it builds on is durable.
 */
export class CommandLoop {
  readonly #options: CommandLoopOptions;
  readonly #turns = new Turns();
  readonly #states: StreamStates;

  constructor(options: CommandLoopOptions) {
    this.#options = options;
    this.#states = new StreamStates(options.cachedStreams ?? 20_000);
  }

  /**
   * Decides a command and makes its events durable.
   * @throws Refusal the decision's own, `changed-meanwhile`, `idempotency-key-reused`, or `busy` after lost races
   * @throws StoreUnavailable when the log can't be written; OutcomeUnknown when it never said whether it wrote
   */
  async execute<State>(decision: Decision<State>): Promise<Outcome> {
    const stream = streamOf(decision.aggregate, decision.id);
    const deadline = Date.now() + this.#patienceMs;
    for (let round = 0; ; round += 1) {
      try {
        const answer = await this.#turns.run(stream, () => this.#turn(stream, decision));
        return await answer();
      } catch (error) {
        if (!(error instanceof RevisionConflict || error instanceof StateOutdated)) throw error;
        if (Date.now() >= deadline) throw new Refusal('busy');
        await wait(Math.random() * Math.min(2 ** round, 50));
      }
    }
  }

  /** What a function makes of the stream's state, answered (or thrown) once that state is durable. The function must not keep the state. */
  async read<State, Result>(
    aggregate: Aggregate<State>,
    id: string,
    look: (state: State, revision: bigint) => Result,
  ): Promise<Result> {
    const stream = streamOf(aggregate, id);
    const deadline = Date.now() + this.#patienceMs;
    for (;;) {
      const entry = await this.#load(aggregate, stream, id);
      const { durable, revision } = entry;
      const seen = seenBy(() => look(entry.state, revision));
      try {
        await this.#settled(entry, durable, revision);
      } catch (error) {
        if (!(error instanceof StateOutdated)) throw error;
        if (Date.now() >= deadline) throw new Refusal('cannot-confirm');
        continue;
      }
      return seen();
    }
  }

  async #turn<State>(stream: string, decision: Decision<State>): Promise<Answer> {
    const { aggregate, id, context } = decision;
    const entry = await this.#load(aggregate, stream, id);
    const { durable, revision } = entry;
    const once =
      (answer: () => Outcome): Answer =>
      async () => {
        await this.#settled(entry, durable, revision);
        return answer();
      };
    const refused = (refusal: Refusal): Answer =>
      once(() => {
        throw refusal;
      });
    const standing = (rest: Partial<Outcome>): Answer =>
      once(() => ({ ...unchanged, revision, position: entry.position, ...rest }));

    const earlier = entry.commands.get(context.commandId);
    if (earlier !== undefined) {
      if (earlier.requestHash !== context.requestHash) return refused(new Refusal('idempotency-key-reused'));
      return once(() => {
        const { events, position } = earlier;
        return { changed: true, revision: earlier.revision, position, events, replayed: true, facts: [] };
      });
    }
    let facts: readonly Fact[];
    try {
      facts = await decision.decide(entry.state);
    } catch (error) {
      if (error instanceof Refusal) return refused(error);
      throw error;
    }
    // After the decision, which authorises: whoever may not do this learns no revision (RFC 9110, section 13.2.1).
    const current = decision.revisionOf === undefined ? revision : decision.revisionOf(entry.state);
    if (context.ifMatch !== undefined && current !== undefined && current > context.ifMatch)
      return refused(new Refusal('changed-meanwhile', { revision: current }));
    if (facts.length === 0) return standing({});
    if (context.dryRun === true) return standing({ changed: true, facts });

    const events = await Promise.all(facts.map((fact, index) => this.#eventOf(stream, context, fact, index)));
    const appended = this.#append(entry, aggregate, events);
    return async () => {
      const { revision: last, position } = await appended;
      const written = events.map(({ id: eventId, type }) => ({ id: eventId, type }));
      return { changed: true, revision: last, position, events: written, replayed: false, facts };
    };
  }

  /** Folds events into the state at once and starts their append at its revision; the state is dropped if that fails. */
  #append<State>(
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
    const append = (): Promise<Appended> =>
      appendUntilKnown(this.#options.store, { stream, expected, events }, this.#patienceMs);
    // Where others append, what they wrote could stand at the revision of an append that failed: wait for that one.
    const appended = this.#options.sharedLog === true ? durable.then(append) : append();
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

  /** Resolves once the state at this revision is durable and, on a shared log, was still the newest after that was asked. */
  async #settled(entry: StreamState<unknown>, durable: Promise<void>, revision: bigint): Promise<void> {
    await durable;
    if (this.#options.sharedLog !== true) return;
    if (!(await this.#hasNewer(entry.stream, revision))) return;
    // What this process appended meanwhile may be it, if that gets written.
    if (entry.revision > revision) return entry.durable;
    this.#states.drop(entry);
    throw new StateOutdated();
  }

  async #hasNewer(stream: string, revision: bigint): Promise<boolean> {
    try {
      for await (const _ of this.#options.store.readStream(stream, revision + 1n)) return true;
      return false;
    } catch (error) {
      throw error instanceof StoreUnavailable ? new Refusal('cannot-confirm') : error;
    }
  }

  async #eventOf(stream: string, context: CommandContext, fact: Fact, index: number): Promise<NewEvent> {
    const type = this.#options.types[fact.type];
    if (type === undefined) throw new UnknownEventType(`${fact.type} is not in the catalogue of events`);
    return this.#options.sealer.seal(stream, {
      id: derivedId('evt', context.commandId, stream, String(index)),
      type: fact.type,
      data: fact.data,
      metadata: metadataOf(context, type.version),
    });
  }

  async #load<State>(aggregate: Aggregate<State>, stream: string, id: string): Promise<StreamState<State>> {
    const entry = await this.#states.get(stream, () => this.#fold(aggregate, stream, id));
    return entry as StreamState<State>;
  }

  async #fold<State>(aggregate: Aggregate<State>, stream: string, id: string): Promise<StreamState<State>> {
    const entry = emptyStream(aggregate, stream, id);
    for await (const event of this.#options.store.readStream(stream))
      foldInto(entry, aggregate, upcast(this.#options.types, event));
    return entry;
  }

  get #patienceMs(): number {
    return this.#options.patienceMs ?? 2_000;
  }
}
