import { LRUCache } from 'lru-cache';
import type { StreamState } from './stream-state.js';

/**
 * Streams kept folded: those used last, and all that appends under way were folded into, as folding such a stream
 * again would miss what is not committed yet. The caller sees to it that no two append to a stream side by side.
 */
export class StreamStates {
  readonly #recent: LRUCache<string, StreamState<unknown>>;
  readonly #appending = new Map<string, StreamState<unknown>>();
  readonly #folding = new Map<string, Promise<StreamState<unknown>>>();

  constructor(max: number) {
    this.#recent = new LRUCache({ max });
  }

  /** The state of a stream where it is kept and nothing of it has failed. */
  kept(stream: string): StreamState<unknown> | undefined {
    const appending = this.#appending.get(stream);
    if (appending !== undefined) return appending.outdated ? undefined : appending;
    return this.#recent.get(stream);
  }

  /** The state of a stream, folded by the function when it is not kept. */
  async get(stream: string, fold: () => Promise<StreamState<unknown>>): Promise<StreamState<unknown>> {
    for (let failed = this.#failedOf(stream); failed !== undefined; failed = this.#failedOf(stream))
      await failed.durable.catch(() => undefined);
    const kept = this.kept(stream);
    if (kept !== undefined) return kept;
    const folding = this.#folding.get(stream) ?? fold();
    this.#folding.set(stream, folding);
    try {
      const entry = await folding;
      if (this.#folding.get(stream) === folding) this.#recent.set(stream, entry);
      return entry;
    } finally {
      if (this.#folding.get(stream) === folding) this.#folding.delete(stream);
    }
  }

  /** An append was folded in that is under way: until {@link release} this is the stream's state. */
  hold(entry: StreamState<unknown>): void {
    this.#appending.set(entry.stream, entry);
    // What is kept or being folded beside it comes without the append.
    if (this.#recent.peek(entry.stream) !== entry) this.#recent.delete(entry.stream);
    this.#folding.delete(entry.stream);
  }

  /** No append folded into the state is under way any more. */
  release(entry: StreamState<unknown>): void {
    this.#appending.delete(entry.stream);
    if (!entry.outdated) this.#recent.set(entry.stream, entry);
  }

  /** The state turned out wrong. */
  drop(entry: StreamState<unknown>): void {
    entry.outdated = true;
    if (this.#recent.peek(entry.stream) === entry) this.#recent.delete(entry.stream);
  }

  /** A state of which one append failed while others, which may succeed, are still under way. */
  #failedOf(stream: string): StreamState<unknown> | undefined {
    const appending = this.#appending.get(stream);
    return appending?.outdated === true ? appending : undefined;
  }
}
