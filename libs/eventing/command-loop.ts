import { setTimeout as wait } from 'node:timers/promises';
import { type Aggregate, type Fact, streamOf } from './aggregate.js';
import { NotAtHand, type Run, runOn, type States, type Work } from './at-hand.js';
import type { CommandContext, Outcome } from './command.js';
import type { EventSealer } from './event-sealer.js';
import { type EventStore, type NewEvent, RevisionConflict } from './event-store.js';
import { type EventTypes, UnknownEventType } from './event-types.js';
import { derivedId } from './ids.js';
import { metadataOf } from './metadata.js';
import { OwnStreams } from './own-streams.js';
import { Refusal } from './refusal.js';
import { isTransient, unconfirmed } from './retrying.js';
import { SharedStreams } from './shared-streams.js';
import { type Seen, seenNow, StateOutdated, type Streams } from './streams.js';
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
  /** Whether other processes append to the same log: what needs no append is then confirmed by a reading of the stream's head. */
  readonly sharedLog?: boolean;
  /** Streams kept folded (default 20,000). */
  readonly cachedStreams?: number;
  /** How long lost races and unknown outcomes are tried again (default 2,000 ms). */
  readonly patienceMs?: number;
}

/** How a state may be read. */
export interface ReadOptions {
  /** On a shared log: content with what was the newest so many milliseconds ago (default 0). */
  readonly withinMs?: number;
  /** Answers from the state as it was last known where the log can't be asked, if there is one. */
  readonly evenStale?: boolean;
}

/** The answer of a turn comes once everything it was decided on is durable. */
type Answer = () => Promise<Outcome>;

const unchanged = { changed: false, events: [], replayed: false, facts: [] };

/** Once asked for it gives what the work came to, or throws its refusal: neither is told before what it was made of is settled. */
const untold = async <Result>(work: () => Result | Promise<Result>): Promise<() => Result> => {
  try {
    const result = await work();
    return () => result;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return () => {
      throw error;
    };
  }
};

/**
 * From command to events. Commands of one stream take turns; a turn decides on the stream's folded state and appends at its revision.
 * Nothing is answered before all it builds on is durable, nor from a state that others had moved on before the question.
 */
export class CommandLoop {
  readonly #options: CommandLoopOptions;
  readonly #turns = new Turns();
  readonly #streams: Streams;
  readonly #patienceMs: number;
  #readings = 0;

  constructor(options: CommandLoopOptions) {
    this.#options = options;
    this.#patienceMs = options.patienceMs ?? 2_000;
    const store: EventStore = {
      ...options.store,
      readStream: (...stream) => {
        this.#readings += 1;
        return options.store.readStream(...stream);
      },
    };
    const kept = { patienceMs: this.#patienceMs, kept: options.cachedStreams ?? 20_000 };
    this.#streams = new (options.sharedLog === true ? SharedStreams : OwnStreams)(store, options.types, kept);
  }

  /** How often a stream was read of the log so far, to fold or to confirm a state. */
  get readings(): number {
    return this.#readings;
  }

  /**
   * Decides a command and makes its events durable.
   * @throws Refusal the decision's own, `changed-meanwhile`, `idempotency-key-reused`, or `busy` after lost races
   * @throws StoreUnavailable when the log can't be written; OutcomeUnknown when it never said whether it wrote
   */
  async execute<State>(decision: Decision<State>): Promise<Outcome> {
    const stream = streamOf(decision.aggregate, decision.id);
    return this.#again('busy', async () => {
      const answer = await this.#turns.run(stream, () => this.#turn(stream, decision));
      return answer();
    });
  }

  /**
   * What a function makes of the stream's state, answered (or thrown) once that state is durable. The function must not keep the state.
   * @throws Refusal cannot-confirm when the log does not say that the state is the newest
   */
  async read<State, Result>(
    aggregate: Aggregate<State>,
    id: string,
    look: (state: State, revision: bigint) => Result,
    { withinMs, evenStale = false }: ReadOptions = {},
  ): Promise<Result> {
    const atHand = this.#streams.atHand(aggregate, id);
    if (atHand !== undefined && this.#streams.isTrue(atHand)) return look(atHand.state, atHand.revision);
    try {
      return await this.#again('cannot-confirm', async () => {
        const { entry, revision, durable } = seenNow(await this.#streams.newest(aggregate, id, withinMs));
        const [answer] = await Promise.all([untold(() => look(entry.state, revision)), durable]);
        return answer();
      });
    } catch (error) {
      if (evenStale && isTransient(error)) return this.#lastKnown(aggregate, id, look);
      throw unconfirmed(error);
    }
  }

  /**
   * What works make of the states of several streams as they all stood at one moment: done again while one that was looked at has moved on.
   * @throws Refusal the first work's own; cannot-confirm when they do not stand still in time, or the log does not say
   */
  async atOneMoment<Result>(works: readonly Work<Result>[]): Promise<readonly Result[]> {
    const { run, unsettled } = this.#look(works);
    if (run.lacking.length === 0 && unsettled.size === 0) return run.results();
    try {
      return await this.#again('cannot-confirm', async () => {
        let looked = this.#look(works);
        for (; looked.run.lacking.length > 0; looked = this.#look(works)) await Promise.all(looked.run.lacking);
        // That it was the truth is found out from here on.
        await Promise.all(
          [...looked.unsettled.values()].map(({ seen, withinMs }) => this.#streams.settled(seen, withinMs)),
        );
        return looked.run.results();
      });
    } catch (error) {
      throw unconfirmed(error);
    }
  }

  /** A run on the states as they are folded by now, and what of them must still settle before anybody is told. */
  #look<Result>(works: readonly Work<Result>[]): {
    readonly run: Run<Result>;
    readonly unsettled: ReadonlyMap<string, { readonly seen: Seen; readonly withinMs: number | undefined }>;
  } {
    const unsettled = new Map<string, { readonly seen: Seen; readonly withinMs: number | undefined }>();
    const look: States['look'] = (aggregate, id, of, options) => {
      const entry = this.#streams.atHand(aggregate, id);
      if (entry === undefined) throw new NotAtHand(this.#streams.known(aggregate, id));
      if (!this.#streams.isTrue(entry))
        unsettled.set(entry.stream, { seen: seenNow(entry), withinMs: options?.withinMs });
      return of(entry.state, entry.revision);
    };
    return { run: runOn({ look }, works), unsettled };
  }

  async #lastKnown<State, Result>(
    aggregate: Aggregate<State>,
    id: string,
    look: (state: State, revision: bigint) => Result,
  ): Promise<Result> {
    try {
      const { state, revision } = await this.#streams.known(aggregate, id);
      return look(state, revision);
    } catch (error) {
      throw unconfirmed(error);
    }
  }

  /** Tries again while others move on what it was built on. @throws Refusal with the code when that takes too long */
  async #again<Result>(code: 'busy' | 'cannot-confirm', attempt: () => Promise<Result>): Promise<Result> {
    const deadline = Date.now() + this.#patienceMs;
    for (let round = 0; ; round += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof RevisionConflict || error instanceof StateOutdated)) throw error;
        if (Date.now() >= deadline) throw new Refusal(code);
        await wait(Math.random() * Math.min(2 ** round, 50));
      }
    }
  }

  async #turn<State>(stream: string, decision: Decision<State>): Promise<Answer> {
    const { aggregate, id, context } = decision;
    const seen = seenNow(this.#streams.atHand(aggregate, id) ?? (await this.#streams.known(aggregate, id)));
    const { entry, revision } = seen;
    const once =
      (answer: () => Outcome): Answer =>
      async () => {
        await this.#streams.settled(seen);
        return answer();
      };
    const refused = (refusal: Refusal): Answer =>
      once(() => {
        throw refusal;
      });
    const standing = (rest: Partial<Outcome>): Answer =>
      once(() => ({ ...unchanged, revision, position: entry.position, ...rest }));

    const earlier = entry.commands.repeated(context);
    if (earlier !== undefined) {
      if (earlier.requestHash !== context.requestHash) return refused(new Refusal('idempotency-key-reused'));
      return once(() => {
        const { events, position: at } = earlier;
        return { changed: true, revision: earlier.revision, position: at, events, replayed: true, facts: [] };
      });
    }
    let facts: readonly Fact[];
    try {
      facts = await decision.decide(entry.state);
    } catch (error) {
      if (error instanceof Refusal) return refused(error);
      // What was decided on while others moved it on may have made no sense.
      throw entry.revision === revision ? error : new StateOutdated();
    }
    // After the decision, which authorises: whoever may not do this learns no revision (RFC 9110, section 13.2.1).
    const current = decision.revisionOf === undefined ? revision : decision.revisionOf(entry.state);
    if (context.ifMatch !== undefined && current !== undefined && current > context.ifMatch)
      return refused(new Refusal('changed-meanwhile', { revision: current }));
    if (facts.length === 0) return standing({});
    if (context.dryRun === true) return standing({ changed: true, facts });

    const events: NewEvent[] = [];
    for (const fact of facts)
      events.push(await this.#eventOf(stream, context, fact, revision + 1n + BigInt(events.length)));
    const { appended } = await this.#streams.append(seen, aggregate, events);
    return async () => {
      const { revision: last, position: at } = await appended;
      const written = events.map(({ id: eventId, type }) => ({ id: eventId, type }));
      return { changed: true, revision: last, position: at, events: written, replayed: false, facts };
    };
  }

  #eventOf(stream: string, context: CommandContext, fact: Fact, revision: bigint): NewEvent | Promise<NewEvent> {
    const type = this.#options.types[fact.type];
    if (type === undefined) throw new UnknownEventType(`${fact.type} is not in the catalogue of events`);
    return this.#options.sealer.seal(stream, {
      id: derivedId('evt', context.commandId, stream, String(revision)),
      type: fact.type,
      data: fact.data,
      metadata: metadataOf(context, type.version),
    });
  }
}
