import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long a slice of background work may keep the event loop, where others wait for it. */
export const shortSliceMs = 1;
const smallestSlice = 8;
const largestSlice = 500;

/** A slice of somebody's work. */
export interface Slice<Result> {
  /** How far in the log they are. */
  readonly position: bigint;
  /** Whether that is at the head. */
  readonly live: boolean;
  readonly work: () => Promise<Result>;
}

interface Waiting {
  readonly position: bigint;
  /** Resolves when the slice is done, however it ended. */
  readonly begin: () => Promise<void>;
}

/**
 * Lets background work of a process go in short slices, with a turn of the event loop for everything else before each. Small slices
 * share a turn. Of those who catch up the furthest behind goes first, so that they read the log together; they and those who are live take turns.
 */
export class Pace {
  readonly sliceMs: number;
  readonly #live: Waiting[] = [];
  readonly #behind: Waiting[] = [];
  #liveNext = true;
  #pumping = false;

  constructor(sliceMs = shortSliceMs) {
    this.sliceMs = sliceMs;
  }

  /** Does the work when it is its turn. */
  async turn<Result>({ position, live, work }: Slice<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const begin = (): Promise<void> => work().then(resolve, reject);
      (live ? this.#live : this.#behind).push({ position, begin });
      if (!this.#pumping) void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    while (this.#live.length + this.#behind.length > 0) {
      await nextTurn();
      const over = nextTurn();
      for (const until = performance.now() + this.sliceMs; performance.now() < until;) {
        const next = this.#next();
        if (next === undefined) break;
        // One after the other, but who waits for an engine keeps nobody waiting.
        await Promise.race([next.begin(), over]);
      }
    }
    this.#pumping = false;
  }

  #next(): Waiting | undefined {
    this.#liveNext = !this.#liveNext;
    const isLive = this.#behind.length === 0 || (this.#liveNext && this.#live.length > 0);
    if (isLive) return this.#live.shift();
    const [furthest] = this.#behind.toSorted((one, other) => Number(one.position - other.position));
    return furthest && this.#behind.splice(this.#behind.indexOf(furthest), 1)[0];
  }
}

/** Finds how many events fit into a slice. Only time that the event loop is kept counts: waiting for an engine keeps nobody. */
export class SliceSize {
  readonly #sliceMs: number;
  #size = 32;

  constructor(sliceMs: number) {
    this.#sliceMs = sliceMs;
  }

  get events(): number {
    return this.#size;
  }

  async measured<Result>(events: number, work: () => Promise<Result>): Promise<Result> {
    const before = performance.eventLoopUtilization();
    const result = await work();
    const { active: tookMs } = performance.eventLoopUtilization(before);
    if (tookMs > this.#sliceMs) this.#size = Math.max(smallestSlice, Math.floor(this.#size / 2));
    else if (tookMs < this.#sliceMs / 2 && events === this.#size) this.#size = Math.min(largestSlice, this.#size * 2);
    return result;
  }
}
