import { formatPosition } from './position.js';
import { defaultBackoff, delayMs, faultOf, pause, type Backoff } from './retrying.js';
import type { FoundRow, RowVersion } from './view-store.js';
import type { ViewReader } from './view-reader.js';
import type { Views } from './views.js';

export interface TimerParts {
  readonly views: Views;
  readonly reader: ViewReader;
  /** A view whose rows say what to do at `dueAt` (a text column, RFC 3339 in UTC with milliseconds) and go once it is done. */
  readonly dueView: string;
  readonly now: () => Date;
  /** Does what is due: at least once a version of a row; a stale one decides nothing. What it throws is retried. */
  readonly fire: (row: RowVersion) => Promise<void>;
  readonly backoff?: Backoff;
  /** Looks again after this long at the latest, in case the clock was moved (default 60 s). */
  readonly maxSleepMs?: number;
}

export interface TimerStatus {
  readonly state: 'live' | 'retrying' | 'stopped';
  readonly error: string | null;
  /** Due rows whose firing failed last time. */
  readonly failing: number;
}

interface Fired {
  readonly failures: number;
  /** Not again before this time (epoch ms). */
  readonly notBefore: number;
}

const pageSize = 100;
const order = { column: 'dueAt', descending: false };
const versionOf = ({ key, from }: RowVersion): string => `${formatPosition(from)} ${key}`;

/** Fires the rows of a view when they are due, one at a time and in order of time. */
export class Timer {
  readonly #parts: TimerParts;
  readonly #backoff: Backoff;
  #fired = new Map<string, Fired>();
  #stop = new AbortController();
  #finished: Promise<void> | undefined;
  #error: string | null = null;

  constructor(parts: TimerParts) {
    this.#parts = parts;
    this.#backoff = parts.backoff ?? defaultBackoff;
  }

  get status(): TimerStatus {
    const failing = [...this.#fired.values()].filter(({ failures }) => failures > 0).length;
    const state = this.#finished === undefined ? 'stopped' : this.#error === null ? 'live' : 'retrying';
    return { state, error: this.#error, failing };
  }

  start(): void {
    if (this.#finished !== undefined) return;
    this.#stop = new AbortController();
    this.#finished = this.#run(this.#stop.signal);
  }

  /** Finishes the firing under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#finished;
    this.#finished = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { views, dueView } = this.#parts;
    for (let failures = 0; !signal.aborted;) {
      try {
        await views.waitFor(dueView, 0n, { signal });
        const { position } = views.checkpoint(dueView);
        const until = this.#nowMs;
        await this.#fireDue(position, until, signal);
        const timeoutMs = await this.#untilNext(position, until);
        this.#error = [...this.#fired.values()].some((fired) => fired.failures > 0) ? this.#error : null;
        failures = 0;
        await views.waitFor(dueView, position + 1n, { timeoutMs, signal });
      } catch (error) {
        this.#error = faultOf(error);
        await pause(delayMs(this.#backoff, failures), signal);
        failures += 1;
      }
    }
  }

  async #fireDue(position: bigint, until: number, signal: AbortSignal): Promise<void> {
    const standing = new Map<string, Fired>();
    for await (const row of this.#due(position, until)) {
      if (signal.aborted) return;
      const version = versionOf(row);
      const before = this.#fired.get(version);
      const fired = before && before.notBefore > this.#nowMs ? before : await this.#fire(row, before?.failures ?? 0);
      standing.set(version, fired);
      this.#fired.set(version, fired);
    }
    this.#fired = standing;
  }

  async #fire(row: RowVersion, failures: number): Promise<Fired> {
    try {
      await this.#parts.fire(row);
      // It goes from the view soon; what still stands much later had been decided nothing about.
      return { failures: 0, notBefore: this.#nowMs + this.#maxSleepMs };
    } catch (error) {
      this.#error = faultOf(error);
      return { failures: failures + 1, notBefore: this.#nowMs + delayMs(this.#backoff, failures) };
    }
  }

  async *#due(position: bigint, until: number): AsyncIterable<FoundRow> {
    const { reader, dueView } = this.#parts;
    const moment = { position, asOf: null };
    const where = [{ column: 'dueAt', below: new Date(until + 1).toISOString() }];
    let page = await reader.page(dueView, { moment, where, order, limit: pageSize });
    yield* page.rows;
    while (page.next !== undefined) {
      page = await reader.page(dueView, { moment, where, order, limit: pageSize, after: page.next });
      yield* page.rows;
    }
  }

  /** Milliseconds until a row becomes due or may be fired again; those due up to `until` were fired. */
  async #untilNext(position: bigint, until: number): Promise<number> {
    const { reader, dueView } = this.#parts;
    const now = this.#nowMs;
    const where = [{ column: 'dueAt', from: new Date(until + 1).toISOString() }];
    const moment = { position, asOf: null };
    const [next] = (await reader.page(dueView, { moment, where, order, limit: 1 })).rows;
    const times = [...this.#fired.values()].map(({ notBefore }) => notBefore);
    if (typeof next?.sortValue === 'string') times.push(Date.parse(next.sortValue));
    const soonest = Math.min(...times, now + this.#maxSleepMs);
    return Math.max(0, soonest - now);
  }

  get #nowMs(): number {
    return this.#parts.now().getTime();
  }

  get #maxSleepMs(): number {
    return this.#parts.maxSleepMs ?? 60_000;
  }
}
