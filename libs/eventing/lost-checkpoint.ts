import type { Checkpoints } from './checkpoints.js';
import { isTransient, pause } from './retrying.js';
import type { Checkpoint } from './view-store.js';

export interface CheckpointWatch {
  readonly name: string;
  readonly checkpoints: Checkpoints;
  /** The checkpoint as its follower knows it. */
  readonly known: () => Checkpoint;
  readonly lookEveryMs: number;
}

/**
 * Resolves once a checkpoint is lost: it is in another memory, or before where its follower has been, since what keeps
 * it was emptied or went back in time. Resolves on the signal, too.
 */
export const untilLost = async (watch: CheckpointWatch, signal: AbortSignal): Promise<void> => {
  const { name, checkpoints, known, lookEveryMs } = watch;
  for (;;) {
    await pause(lookEveryMs, signal);
    if (signal.aborted) return;
    // Known first: the follower moves on while the kept one is asked for.
    const { position, memory } = known();
    try {
      const kept = await checkpoints.checkpoint(name);
      if (kept.memory !== memory || kept.position < position) return;
    } catch (error) {
      // The follower meets it, too, when it reads its checkpoint again.
      if (!isTransient(error)) return;
    }
  }
};
