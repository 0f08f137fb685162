import { pause } from './retrying.js';

export interface FreshnessParts {
  /** The position of the log's last event. */
  readonly head: () => Promise<bigint>;
  /** Up to where everything that is read has the log. */
  readonly reached: () => bigint;
  readonly now?: () => Date;
  /** How often that is looked at (default 1,000). */
  readonly everyMs?: number;
  /** How long views may lag before what is read counts as stale (default 5,000). */
  readonly toleranceMs?: number;
}

/** Knows since when what is read may lack something: because views stand still, or because nobody can say how long the log is. */
export class Freshness {
  readonly #parts: FreshnessParts;
  readonly #now: () => Date;
  readonly #toleranceMs: number;
  /** All that was in the log at this time has been reached. */
  #freshAt: Date;
  /** Heads seen that are not reached yet: the first of them, and the last. */
  #ahead: { readonly head: bigint; readonly seenAt: Date }[] = [];
  #stop = new AbortController();
  #looking: Promise<void> = Promise.resolve();

  constructor(parts: FreshnessParts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => new Date());
    this.#toleranceMs = parts.toleranceMs ?? 5_000;
    this.#freshAt = this.#now();
  }

  /** The time from which on something may be missing; null while what is read is fresh. */
  get staleSince(): Date | null {
    return this.#now().getTime() - this.#freshAt.getTime() > this.#toleranceMs ? this.#freshAt : null;
  }

  start(): void {
    this.#looking = this.#run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#looking;
  }

  /** Looks at the log and at what was reached of it. @throws StoreUnavailable when the log can't be asked */
  async look(): Promise<void> {
    this.#note();
    const seenAt = this.#now();
    const head = await this.#parts.head();
    const [first] = this.#ahead;
    this.#ahead = first === undefined || first.head === head ? [{ head, seenAt }] : [first, { head, seenAt }];
    this.#note();
  }

  #note(): void {
    const reached = this.#parts.reached();
    for (let [first] = this.#ahead; first !== undefined && first.head <= reached; [first] = this.#ahead) {
      this.#freshAt = first.seenAt;
      this.#ahead.shift();
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // A log that can't be asked leaves what is read as stale as it is.
      await this.look().catch(() => undefined);
      await pause(this.#parts.everyMs ?? 1_000, signal);
    }
  }
}
