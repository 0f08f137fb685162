import { setTimeout as wait } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { type Aggregate, type Fact, streamOf } from './aggregate.js';
import type { CommandContext, Outcome } from './command.js';
import type { EventSealer } from './event-sealer.js';
import { type Appended, type EventStore, type NewEvent, OutcomeUnknown, RevisionConflict } from './event-store.js';
import { type EventTypes, UnknownEventType, upcast } from './event-types.js';
import { derivedId } from './ids.js';
import { metadataOf } from './metadata.js';
import { Refusal } from './refusal.js';
import { Turns } from './turns.js';
import { type StreamState, emptyStream, foldInto } from './stream-state.js';

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

/**
 * From command to events. Commands of one stream take turns; a turn folds the stream (from a bounded cache), decides, and appends at
 * the state's revision without waiting for the disk, so that the next turn can build on it and share its group commit.
 * Nothing is answered before all it builds on is durable.
 */
export class CommandLoop {
  readonly #options: CommandLoopOptions;
  readonly #turns = new Turns();
  readonly #streams: LRUCache<string, Promise<StreamState<unknown>>>;

  constructor(options: CommandLoopOptions) {
    this.#options = options;
    this.#streams = new LRUCache({ max: options.cachedStreams ?? 20_000 });
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
      const answer = await this.#turns.run(stream, () => this.#turn(stream, decision));
      try {
        return await answer();
      } catch (error) {
        if (!(error instanceof RevisionConflict || error instanceof StateOutdated)) throw error;
        if (Date.now() >= deadline) throw new Refusal('busy');
        await wait(Math.random() * Math.min(2 ** round, 50));
      }
    }
  }

  /** What a function makes of the stream's state, answered once that state is durable. The function must not keep the state. */
  async read<State, Result>(
    aggregate: Aggregate<State>,
    id: string,
    look: (state: State, revision: bigint) => Result,
  ): Promise<Result> {
    const stream = streamOf(aggregate, id);
    const deadline = Date.now() + this.#patienceMs;
    for (;;) {
      const entry = await this.#load(aggregate, stream, id);
      const { revision } = entry;
      const result = look(entry.state, revision);
      try {
        await this.#settled(entry, entry.durable, revision);
        return result;
      } catch (error) {
        if (!(error instanceof StateOutdated)) throw error;
        if (Date.now() >= deadline) throw new Refusal('cannot-confirm');
      }
    }
  }

  async #turn<State>(stream: string, decision: Decision<State>): Promise<Answer> {
    const { aggregate, id, context } = decision;
    const entry = await this.#load(aggregate, stream, id);
    const { durable, revision } = entry;
    const standing = (rest: Partial<Outcome>) => async (): Promise<Outcome> => {
      await this.#settled(entry, durable, revision);
      return { changed: false, revision, position: entry.position, events: [], replayed: false, facts: [], ...rest };
    };
    const refused = (refusal: Refusal) => async (): Promise<Outcome> => {
      await this.#settled(entry, durable, revision);
      throw refusal;
    };

    const earlier = entry.commands.get(context.commandId);
    if (earlier !== undefined) {
      if (earlier.requestHash !== context.requestHash) return refused(new Refusal('idempotency-key-reused'));
      return async () => {
        await this.#settled(entry, durable, revision);
        const { events, position } = earlier;
        return { changed: true, revision: earlier.revision, position, events, replayed: true, facts: [] };
      };
    }
    let facts: readonly Fact[];
    try {
      const current = decision.revisionOf === undefined ? revision : decision.revisionOf(entry.state);
      if (context.ifMatch !== undefined && current !== undefined && current > context.ifMatch)
        return refused(new Refusal('changed-meanwhile', { revision: current }));
      facts = await decision.decide(entry.state);
    } catch (error) {
      if (error instanceof Refusal) return refused(error);
      throw error;
    }
    if (facts.length === 0) return standing({});
    if (context.dryRun === true) return standing({ changed: true, facts });

    const events = await Promise.all(facts.map((fact, index) => this.#eventOf(stream, context, fact, index)));
    const appended = this.#append(entry, aggregate, events);
    return async () => {
      const { revision: last, position } = await appended;
      return {
        changed: true,
        revision: last,
        position,
        events: events.map(({ id: eventId, type }) => ({ id: eventId, type })),
        replayed: false,
        facts,
      };
    };
  }

  /** Starts the append at the state's revision and folds its events at once; the state is dropped if the append fails. */
  #append<State>(
    entry: StreamState<State>,
    aggregate: Aggregate<State>,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    const expected = entry.revision === -1n ? 'no-stream' : entry.revision;
    const appended = this.#appendUntilKnown(entry.stream, expected, events);
    let revision = entry.revision;
    for (const event of events)
      foldInto(entry, aggregate, { ...event, stream: entry.stream, revision: (revision += 1n) });
    entry.pending += 1;
    entry.durable = appended.then(
      ({ position }) => {
        entry.pending -= 1;
        entry.position = position;
        const command = entry.commands.get(events[0]?.metadata['commandId'] ?? '');
        if (command !== undefined) command.position = position;
      },
      () => {
        this.#streams.delete(entry.stream);
        throw new StateOutdated();
      },
    );
    entry.durable.catch(() => undefined);
    return appended;
  }

  async #appendUntilKnown(
    stream: string,
    expected: bigint | 'no-stream',
    events: readonly NewEvent[],
  ): Promise<Appended> {
    const deadline = Date.now() + this.#patienceMs;
    for (let waitMs = 10; ; waitMs *= 2) {
      try {
        return await this.#options.store.append(stream, expected, events);
      } catch (error) {
        if (!(error instanceof OutcomeUnknown) || Date.now() >= deadline) throw error;
        await wait(waitMs);
      }
    }
  }

  /** Resolves once the state at this revision is durable and, on a shared log, still the newest. */
  async #settled(entry: StreamState<unknown>, durable: Promise<void>, revision: bigint): Promise<void> {
    if (entry.pending > 0) await durable;
    if (this.#options.sharedLog !== true) return;
    for await (const newer of this.#options.store.readStream(entry.stream, revision + 1n)) {
      if (newer.revision <= entry.revision) return;
      this.#streams.delete(entry.stream);
      throw new StateOutdated();
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

  #load<State>(aggregate: Aggregate<State>, stream: string, id: string): Promise<StreamState<State>> {
    const cached = this.#streams.get(stream) as Promise<StreamState<State>> | undefined;
    if (cached !== undefined) return cached;
    const loading = this.#fold(aggregate, stream, id);
    this.#streams.set(stream, loading);
    loading.catch(() => this.#streams.delete(stream));
    return loading;
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
