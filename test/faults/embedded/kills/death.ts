import { appendFileSync } from 'node:fs';

/** How a process died, as it told just before. */
export interface Died {
  /** The kind of moment. */
  readonly at: string;
  /** What it had done and not noted. */
  readonly unnoted: readonly string[];
}

/** Kills this process at the n-th of the moments it is told of (counted from 1; never, for 0), and tells a file of it. */
export class Death {
  readonly unnoted = new Set<string>();
  readonly #file: string;
  readonly #at: number;
  #moments = 0;

  constructor(file: string, at: number) {
    this.#file = file;
    this.#at = at;
  }

  get moments(): number {
    return this.#moments;
  }

  moment(at: string): void {
    this.#moments += 1;
    if (this.#moments !== this.#at) return;
    const died: Died = { at, unnoted: [...this.unnoted] };
    appendFileSync(this.#file, `${JSON.stringify(died)}\n`);
    process.kill(process.pid, 'SIGKILL');
  }
}
