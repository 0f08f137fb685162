import { formatPosition } from '#eventing/position.js';
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
  /** Called when the view has come further, or could not be read. */
  readonly looked: () => void;
  /** The latest rows that are held in memory (default 5,000). */
  readonly keep?: number;
}

/** The latest rows of an append-only view, read once for all who follow it. Begins when it is first started and ends with the signal. */
export class Tail {
  readonly #parts: TailParts;
  readonly #keep: number;
  /** All rows in (from, position] are held. */
  #from = 0n;
  #position = 0n;
  #rows: FoundRow[] = [];
  #isRunning = false;

  constructor(parts: TailParts) {
    this.#parts = parts;
    this.#keep = parts.keep ?? 5_000;
  }

  /** How far the view was read. */
  get position(): bigint {
    return this.#position;
  }

  start(): void {
    if (!this.#isRunning) void this.#run();
  }

  /** The first rows after a position; undefined where they are not held, or nothing is known to have come since. */
  since(position: bigint, limit: number): { readonly rows: readonly FoundRow[]; readonly upTo: bigint } | undefined {
    if (position < this.#from || position >= this.#position) return undefined;
    // Rows ascend, and most who ask have read all but the last few.
    const first = this.#rows.findLastIndex(({ from }) => from <= position) + 1;
    const rows = this.#rows.slice(first, first + limit);
    const isWhole = first + rows.length === this.#rows.length;
    return { rows, upTo: isWhole ? this.#position : (rows.at(-1)?.from ?? position) };
  }

  async #run(): Promise<void> {
    const { view, views, signal, looked } = this.#parts;
    this.#isRunning = true;
    this.#position = views.checkpoint(view).position;
    this.#from = this.#position;
    for (let failures = 0; !signal.aborted;) {
      try {
        // Views that have ended reach nothing more.
        if (!(await views.waitFor(view, this.#position + 1n, { signal }))) break;
        await this.#advance();
        failures = 0;
      } catch {
        // Whatever it was: everybody who follows meets it in their own reading, where it is told.
        await pause(delayMs(defaultBackoff, failures), signal);
        failures += 1;
      }
      looked();
    }
  }

  async #advance(): Promise<void> {
    const { view, views, reader } = this.#parts;
    const { position } = views.checkpoint(view);
    const where = [{ column: 'key', from: formatPosition(this.#position + 1n), below: formatPosition(position + 1n) }];
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
    this.#position = position;
  }
}
