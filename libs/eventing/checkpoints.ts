import type { Checkpoint } from './view-store.js';

/** Keeps how far those are who follow the log, by name. */
export interface Checkpoints {
  /** The checkpoint under a name, at the beginning when there is none. */
  checkpoint(name: string): Promise<Checkpoint>;
  /** Moves it only if it still stands at `from.position` in the memory that `from` was read from; says whether it did. */
  advance(name: string, from: Checkpoint, to: Checkpoint): Promise<boolean>;
}
