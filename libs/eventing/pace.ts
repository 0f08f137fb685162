import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long a slice of background work may keep the event loop. */
const sliceMs = 2;
const smallestSlice = 8;
const largestSlice = 500;

/** Lets background work of a process go in short slices, one after another, with a turn of the event loop for everything else before each. */
export class Pace {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when the next slice may begin. */
  async turn(): Promise<void> {
    const mine = this.#last.then(() => nextTurn());
    this.#last = mine;
    return mine;
  }
}

/** Finds how many events fit into a slice. Time spent on waiting for an engine does not count: it keeps nobody. */
export class SliceSize {
  #size = 32;

  get events(): number {
    return this.#size;
  }

  async measured<Result>(events: number, work: () => Promise<Result>): Promise<Result> {
    const before = performance.eventLoopUtilization();
    const result = await work();
    const { active } = performance.eventLoopUtilization(before);
    if (active > sliceMs) this.#size = Math.max(smallestSlice, Math.floor(this.#size / 2));
    else if (active < sliceMs / 2 && events === this.#size) this.#size = Math.min(largestSlice, this.#size * 2);
    return result;
  }
}
