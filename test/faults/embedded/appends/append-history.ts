/** One append as its caller saw it. Revisions and positions are numbers: a history of a million must not need gigabytes. */
export interface Append {
  readonly stream: string;
  /** -1 for no stream. */
  readonly expected: number;
  /** How many events. */
  readonly size: number;
  /** Whose events these are, by number: its own, or those of the one that it repeats. */
  readonly original: number;
  /** The tick before it was called. */
  readonly begun: number;
  /** The tick after it was answered. */
  ended: number;
  /** `failed`: it was told that nothing was written. */
  outcome: 'pending' | 'appended' | 'conflict' | 'failed';
  /** Of the last event; after a conflict where the stream was said to be. */
  revision: number;
  position: number;
}

/** What callers asked of an event store and were answered, on one clock that ticks with every question and answer. */
export class AppendHistory {
  readonly appends: Append[] = [];
  #tick = 0;

  /** To be called in the same turn as the append; gives its number. */
  begin(stream: string, expected: number, size: number): number {
    return this.#begin({ stream, expected, size, original: this.appends.length });
  }

  /** The same events at the same revision once more. */
  repeat(number: number): number {
    return this.#begin(this.appends[this.appends[number]!.original]!);
  }

  appended(number: number, revision: bigint, position: bigint): void {
    this.#end(number, { outcome: 'appended', revision: Number(revision), position: Number(position) });
  }

  conflict(number: number, actual: bigint | 'no-stream'): void {
    this.#end(number, { outcome: 'conflict', revision: actual === 'no-stream' ? -1 : Number(actual) });
  }

  failed(number: number): void {
    this.#end(number, { outcome: 'failed' });
  }

  #begin({ stream, expected, size, original }: Pick<Append, 'stream' | 'expected' | 'size' | 'original'>): number {
    const begun = (this.#tick += 1);
    const append = { stream, expected, size, original, begun, ended: 0, revision: 0, position: 0 };
    return this.appends.push({ ...append, outcome: 'pending' }) - 1;
  }

  #end(number: number, answer: Partial<Append>): void {
    Object.assign(this.appends[number]!, answer, { ended: (this.#tick += 1) });
  }
}
