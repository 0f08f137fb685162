import { LRUCache } from 'lru-cache';
import { type Aggregate, streamOf } from './aggregate.js';
import { appendUntilKnown } from './append-until-known.js';
import { Coalesced } from './coalesced.js';
import { type Appended, type EventStore, type NewEvent, RevisionConflict } from './event-store.js';
import { type EventTypes, upcast } from './event-types.js';
import { foldedStream, foldInto, type StreamState } from './stream-state.js';
import { type Seen, StateOutdated, type Streams } from './streams.js';

type AnyAggregate = Aggregate<unknown>;

/** A kept state: how it is folded on, and when it was last known to be the newest. */
interface Kept {
  readonly entry: StreamState<unknown>;
  readonly aggregate: AnyAggregate;
  /** When the latest reading that found nothing newer was begun (`performance.now()`). */
  confirmedAt: number;
}

/**
 * Streams of a log that other processes write to as well. A kept state is confirmed by reading the log from its
 * revision on; those who ask at once share the reading. Only what is durable is ever folded, so a lost race
 * costs the reading of what won it, never a fold from the beginning.
 */
export class SharedStreams implements Streams {
  readonly #store: EventStore;
  readonly #types: EventTypes;
  readonly #patienceMs: number;
  readonly #kept: LRUCache<string, Kept>;
  readonly #folding = new Coalesced<Kept>();
  readonly #reading = new Coalesced<bigint>();
  readonly #began = new WeakMap<StreamState<unknown>, Kept>();

  constructor(store: EventStore, types: EventTypes, options: { readonly patienceMs: number; readonly kept: number }) {
    this.#store = store;
    this.#types = types;
    this.#patienceMs = options.patienceMs;
    this.#kept = new LRUCache({ max: options.kept });
  }

  atHand<State>(aggregate: Aggregate<State>, id: string): StreamState<State> | undefined {
    return this.#kept.get(streamOf(aggregate, id))?.entry as StreamState<State> | undefined;
  }

  /** Others may have added to it. */
  isTrue(): boolean {
    return false;
  }

  async known<State>(aggregate: Aggregate<State>, id: string): Promise<StreamState<State>> {
    return (await this.#keep(aggregate, id)).entry as StreamState<State>;
  }

  async newest<State>(aggregate: Aggregate<State>, id: string, withinMs?: number): Promise<StreamState<State>> {
    const asked = performance.now();
    const kept = await this.#keep(aggregate, id);
    if (kept.confirmedAt < asked - (withinMs ?? 0)) await this.#confirm(kept);
    return kept.entry as StreamState<State>;
  }

  async settled({ entry, revision }: Seen, withinMs?: number): Promise<void> {
    const kept = this.#of(entry);
    if (withinMs !== undefined && entry.revision === revision && kept.confirmedAt >= performance.now() - withinMs)
      return;
    // What this process has folded in since came after the question.
    if ((await this.#confirm(kept)) > revision) throw new StateOutdated();
  }

  async append<State>(
    { entry, revision }: Seen<State>,
    aggregate: Aggregate<State>,
    events: readonly NewEvent[],
  ): Promise<{ readonly appended: Promise<Appended> }> {
    if (entry.revision !== revision) throw new StateOutdated();
    const { stream } = entry;
    const expected = revision === -1n ? 'no-stream' : revision;
    try {
      const appended = await appendUntilKnown(this.#store, { stream, expected, events }, this.#patienceMs);
      for (const [index, event] of events.entries())
        this.#fold(entry, aggregate as AnyAggregate, {
          ...event,
          stream,
          revision: revision + 1n + BigInt(index),
          position: appended.position,
        });
      return { appended: Promise.resolve(appended) };
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
      await this.#confirm(this.#of(entry));
      throw new StateOutdated();
    }
  }

  async #keep<State>(aggregate: Aggregate<State>, id: string): Promise<Kept> {
    const stream = streamOf(aggregate, id);
    return (
      this.#kept.get(stream) ??
      this.#folding.find(stream, async () => {
        const folded = this.#kept.get(stream);
        if (folded !== undefined) return folded;
        const confirmedAt = performance.now();
        const entry = await foldedStream(this.#store, this.#types, aggregate, id);
        const kept: Kept = { entry, aggregate: aggregate as AnyAggregate, confirmedAt };
        this.#began.set(entry, kept);
        this.#kept.set(stream, kept);
        return kept;
      })
    );
  }

  #of(entry: StreamState<unknown>): Kept {
    const kept = this.#began.get(entry);
    if (kept === undefined) throw new Error(`${entry.stream} was not seen here`);
    return kept;
  }

  /** Folds in what the log has beyond the state; gives the newest revision that this reading knew of. */
  async #confirm(kept: Kept): Promise<bigint> {
    const { entry, aggregate } = kept;
    return this.#reading.find(entry.stream, async () => {
      const began = performance.now();
      let newest = entry.revision;
      for await (const event of this.#store.readStream(entry.stream, newest + 1n)) {
        this.#fold(entry, aggregate, upcast(this.#types, event));
        newest = event.revision;
      }
      kept.confirmedAt = Math.max(kept.confirmedAt, began);
      return newest;
    });
  }

  /** What is folded already, by an append of this process or by a reading, is left out. */
  #fold(entry: StreamState<unknown>, aggregate: AnyAggregate, event: Parameters<typeof foldInto>[2]): void {
    if (event.revision === entry.revision + 1n) foldInto(entry, aggregate, event);
  }
}
