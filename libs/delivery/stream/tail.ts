import { formatPosition } from '#eventing/position.js';
import { Progress, type WaitOptions } from '#eventing/progress.js';
import { defaultBackoff, delayMs, pause } from '#eventing/retrying.js';
import type { FoundRow } from '#eventing/view-store.js';
import type { ViewReader } from '#eventing/view-reader.js';
import type { Views } from '#eventing/views.js';

interface TailParts {
  /** An append-only view: its keys are positions. */
  readonly view: string;
  readonly views: Pick<Views, 'checkpoint' | 'waitFor'>;
  readonly reader: Pick<ViewReader, 'page'>;
  readonly signal: AbortSignal;
  /** The latest rows that are held in memory (default 5,000). */
  readonly keep?: number;
}

/**
 * The latest rows of an append-only view, read once for all who follow it: one waits for the view, everybody else for that one.
 * Begins with the first who waits and ends with the signal.
 */
export class Tail {
  readonly #parts: TailParts;
  readonly #keep: number;
  readonly #progress = new Progress();
  /** All rows in (from, the progress's position] are held. */
  #from = 0n;
  #rows: FoundRow[] = [];
  #isRunning = false;

  constructor(parts: TailParts) {
    this.#parts = parts;
    this.#keep = parts.keep ?? 5_000;
  }

  /** The rows after a position; undefined where they are not held, or nothing is known to have come since. */
  since(position: bigint): { readonly rows: readonly FoundRow[]; readonly upTo: bigint } | undefined {
    const upTo = this.#progress.position;
    if (position < this.#from || position >= upTo) return undefined;
    // Rows ascend, and most who ask have read all but the last few.
    const first = this.#rows.findLastIndex(({ from }) => from <= position) + 1;
    return { rows: this.#rows.slice(first), upTo };
  }

  /** Resolves to true once the view was read up to the position, to false on the timeout, the signal or the tail's own. */
  async waitFor(position: bigint, options: WaitOptions): Promise<boolean> {
    if (!this.#isRunning) void this.#run();
    return this.#progress.waitFor(position, options);
  }

  async #run(): Promise<void> {
    const { view, views, signal } = this.#parts;
    this.#isRunning = true;
    const start = views.checkpoint(view);
    this.#from = start.position;
    this.#progress.reach(start);
    for (let failures = 0; !signal.aborted;) {
      try {
        // Views that have ended reach nothing more.
        if (!(await views.waitFor(view, this.#progress.position + 1n, { signal }))) break;
        await this.#advance();
        failures = 0;
      } catch {
        // Whatever it was: everybody who follows meets it in their own reading, where it is told.
        await pause(delayMs(defaultBackoff, failures), signal);
        failures += 1;
      }
    }
    if (signal.aborted) this.#progress.end();
  }

  async #advance(): Promise<void> {
    const { view, views, reader } = this.#parts;
    const reached = views.checkpoint(view);
    const { position } = reached;
    const where = [
      { column: 'key', from: formatPosition(this.#progress.position + 1n), below: formatPosition(position + 1n) },
    ];
    const order = { column: 'key', descending: false };
    const page = await reader.page(view, { moment: { position, asOf: null }, where, order, limit: this.#keep });
    if (page.next === undefined) this.#rows.push(...page.rows);
    else {
      // Too much at once to be held: everybody reads it for themselves.
      this.#rows = [];
      this.#from = position;
    }
    const tooMany = this.#rows.length - this.#keep;
    const dropped = tooMany > 0 ? this.#rows.splice(0, tooMany).at(-1) : undefined;
    if (dropped !== undefined) this.#from = dropped.from;
    this.#progress.reach(reached);
  }
}
