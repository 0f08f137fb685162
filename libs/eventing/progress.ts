import { startCheckpoint, type Checkpoint } from './view-store.js';

export interface WaitOptions {
  readonly timeoutMs?: number;
  /** Somebody waits for the answer: where other processes keep a view up, it is looked at without pause. */
  readonly hurry?: boolean;
  readonly signal?: AbortSignal;
}

interface Waiter {
  readonly position: bigint;
  readonly settle: (reached: boolean) => void;
}

/** How far something that follows the log is, and a place to wait for it. Outlives the generations of a view. */
export class Progress {
  #checkpoint: Checkpoint | undefined;
  readonly #waiting = new Set<Waiter>();
  #ended = false;
  readonly #onReach: (checkpoint: Checkpoint) => void;
  readonly #onHurry: () => void;
  #hurried = 0;

  /** `onHurry` is called when somebody begins to wait who is in a hurry. */
  constructor(onReach: (checkpoint: Checkpoint) => void = () => undefined, onHurry: () => void = () => undefined) {
    this.#onReach = onReach;
    this.#onHurry = onHurry;
  }

  /** Whether somebody waits who is in a hurry. */
  get isHurried(): boolean {
    return this.#hurried > 0;
  }

  get checkpoint(): Checkpoint {
    return this.#checkpoint ?? startCheckpoint;
  }

  /** The position reached; -1 before the first checkpoint is known. */
  get position(): bigint {
    return this.#checkpoint?.position ?? -1n;
  }

  /** Goes on to the checkpoint; never back. */
  reach(checkpoint: Checkpoint): void {
    if (checkpoint.position < this.position) return;
    this.#checkpoint = checkpoint;
    for (const waiter of this.#waiting) if (waiter.position <= checkpoint.position) waiter.settle(true);
    this.#onReach(checkpoint);
  }

  /** Nothing more will be reached: nobody waits any longer. */
  end(): void {
    this.#ended = true;
    for (const waiter of this.#waiting) waiter.settle(false);
  }

  /** Resolves to true once the position is reached, to false on the timeout, the signal or the end. */
  async waitFor(position: bigint, options: WaitOptions = {}): Promise<boolean> {
    if (this.position >= position) return true;
    if (this.#ended || options.signal?.aborted === true) return false;
    const hurries = options.hurry === true ? 1 : 0;
    this.#hurried += hurries;
    return new Promise((resolve) => {
      const settle = (reached: boolean): void => {
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', onAbort);
        if (this.#waiting.delete(waiter)) this.#hurried -= hurries;
        resolve(reached);
      };
      const onAbort = (): void => settle(false);
      const waiter = { position, settle };
      const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => settle(false), options.timeoutMs);
      options.signal?.addEventListener('abort', onAbort);
      this.#waiting.add(waiter);
      if (hurries > 0) this.#onHurry();
    });
  }
}
