import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long a slice of background work may keep the event loop, where others wait for it. */
export const shortSliceMs = 2;
const smallestSlice = 8;
const largestSlice = 500;

/** Somebody who waits to do a slice of work. */
export interface Waiting {
  /** How far in the log it is. */
  readonly position: bigint;
  /** Whether that is at the head. */
  readonly live: boolean;
  /** How long its slice will take, about. */
  readonly ms: number;
}

/**
 * Lets background work of a process go in short slices, with a turn of the event loop for everything else before each. Small slices
 * share a turn. Of those who catch up the furthest behind goes first, so that they read the log together; they and those who are live take turns.
 */
export class Pace {
  readonly sliceMs: number;
  readonly #live: (Waiting & { readonly begin: () => void })[] = [];
  readonly #behind: (Waiting & { readonly begin: () => void })[] = [];
  #liveNext = true;
  #pumping = false;

  constructor(sliceMs = shortSliceMs) {
    this.sliceMs = sliceMs;
  }

  /** Resolves when the slice may begin. */
  async turn(waiting: Waiting): Promise<void> {
    return new Promise((begin) => {
      (waiting.live ? this.#live : this.#behind).push({ ...waiting, begin });
      if (!this.#pumping) void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    while (this.#live.length + this.#behind.length > 0) {
      await nextTurn();
      for (let leftMs = this.sliceMs; leftMs > 0;) {
        const next = this.#next();
        if (next === undefined) break;
        leftMs -= next.ms;
        next.begin();
      }
    }
    this.#pumping = false;
  }

  #next(): (Waiting & { readonly begin: () => void }) | undefined {
    this.#liveNext = !this.#liveNext;
    const isLive = this.#behind.length === 0 || (this.#liveNext && this.#live.length > 0);
    if (isLive) return this.#live.shift();
    const [furthest] = this.#behind.toSorted((one, other) => Number(one.position - other.position));
    return furthest && this.#behind.splice(this.#behind.indexOf(furthest), 1)[0];
  }
}

/** Finds how many events fit into a slice. Only time of this thread's processor counts: waiting for an engine keeps nobody. */
export class SliceSize {
  readonly #sliceMs: number;
  #size = 32;

  constructor(sliceMs: number) {
    this.#sliceMs = sliceMs;
  }

  get events(): number {
    return this.#size;
  }

  /** How long a slice of so many events takes, about. */
  msOf(events: number): number {
    return (this.#sliceMs * events) / this.#size;
  }

  async measured<Result>(events: number, work: () => Promise<Result>): Promise<Result> {
    const before = process.threadCpuUsage();
    const result = await work();
    const { user, system } = process.threadCpuUsage(before);
    const tookMs = (user + system) / 1_000;
    if (tookMs > this.#sliceMs) this.#size = Math.max(smallestSlice, Math.floor(this.#size / 2));
    else if (tookMs < this.#sliceMs / 2 && events === this.#size) this.#size = Math.min(largestSlice, this.#size * 2);
    return result;
  }
}
