import type { Checkpoint } from './view-store.js';

export interface AdvanceOptions {
  /** False: it may be answered before it lasts, and lasts with the next that does; should it be lost, that one is refused (default true). */
  readonly lasting?: boolean;
}

/** Keeps how far those are who follow the log, by name. */
export interface Checkpoints {
  /** The checkpoint under a name, at the beginning when there is none. */
  checkpoint(name: string): Promise<Checkpoint>;
  /** Moves it only if it still stands at `from.position` in the memory that `from` was read from; says whether it did. */
  advance(name: string, from: Checkpoint, to: Checkpoint, options?: AdvanceOptions): Promise<boolean>;
}
