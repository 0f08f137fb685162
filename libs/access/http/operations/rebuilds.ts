import { setImmediate as nextTurn } from 'node:timers/promises';
import { formatPosition } from '#eventing/position.js';
import { Refusal } from '#eventing/refusal.js';
import { faultOf } from '#eventing/retrying.js';
import type { Views } from '#eventing/views.js';

/** How the last rebuild of a view goes, or went. */
export interface RebuildProgress {
  readonly position: string;
  readonly head: string;
  readonly state: 'running' | 'done' | 'failed';
  /** Why it failed; without personal data. */
  readonly error: string | null;
}

/** Rebuilds views in the background, one at a time for each, and remembers how the last one went. */
export class Rebuilds {
  readonly #views: Pick<Views, 'rebuild'>;
  readonly #last = new Map<string, RebuildProgress>();

  constructor(views: Pick<Views, 'rebuild'>) {
    this.#views = views;
  }

  /** Null when none was asked for since the start of the process. */
  of(view: string): RebuildProgress | null {
    return this.#last.get(view) ?? null;
  }

  /** Begins a rebuild and answers at once. @throws Refusal rebuild-running */
  async start(view: string): Promise<RebuildProgress> {
    const before = this.#last.get(view);
    const begun: RebuildProgress = {
      position: formatPosition(0n),
      head: formatPosition(0n),
      state: 'running',
      error: null,
    };
    const note = (change: Partial<RebuildProgress>): void => {
      this.#last.set(view, { ...(this.#last.get(view) ?? begun), ...change });
    };
    let refused: Refusal | undefined;
    const work = this.#views.rebuild(view, ({ position, head }) =>
      note({ position: formatPosition(position), head: formatPosition(head) }),
    );
    work.then(
      () => note({ state: 'done' }),
      (error: unknown) => {
        if (error instanceof Refusal && error.code === 'rebuild-running') refused = error;
        else note({ state: 'failed', error: faultOf(error) });
      },
    );
    if (before?.state !== 'running') this.#last.set(view, begun);
    // A refusal comes before anything else is done.
    await nextTurn();
    if (refused === undefined) return this.#last.get(view) ?? begun;
    if (before === undefined) this.#last.delete(view);
    else this.#last.set(view, before);
    throw refused;
  }
}
