import { Coalesced } from './coalesced.js';
import type { KeptView } from './kept-view.js';
import { defaultBackoff, delayMs } from './retrying.js';
import type { LiveGeneration, ViewStore } from './view-store.js';

/** Between two looks while nobody is in a hurry, and while somebody is. */
const idleMs = 50;
const hurriedMs = 3;
const parkedEveryMs = 5_000;

/** Looks again and again at how far the views are that other processes keep up: engines that all processes share don't tell by themselves. */
export class Watch {
  readonly #store: ViewStore;
  readonly #views: readonly KeptView[];
  readonly #looks = new Coalesced<void>();
  readonly #stop = new AbortController();
  #watching: Promise<void> = Promise.resolve();
  #hurry: () => void = () => undefined;

  constructor(store: ViewStore, views: readonly KeptView[]) {
    this.#store = store;
    this.#views = views;
  }

  /** @throws StoreUnavailable */
  async start(): Promise<void> {
    await this.look();
    this.#watching = this.#run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#hurry();
    await this.#watching;
  }

  /** Somebody waits: the next look is taken at once. */
  hurry(): void {
    this.#hurry();
  }

  /** Looks now. @throws StoreUnavailable */
  async look(): Promise<void> {
    await this.#looks.find('live', async () => {
      const newest = new Map<string, LiveGeneration>();
      for (const found of await this.#store.live()) {
        const { view, number } = found.generation;
        if ((newest.get(view)?.generation.number ?? 0) < number) newest.set(view, found);
      }
      for (const view of this.#views) await view.seen(newest.get(view.name));
    });
  }

  async #run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    let countedAt = -Infinity;
    while (!signal.aborted) {
      try {
        await this.look();
        if (performance.now() - countedAt > parkedEveryMs) {
          for (const view of this.#views) await view.countParked();
          countedAt = performance.now();
        }
        failures = 0;
      } catch (error) {
        // Whatever it was: it is told by the views' status, and the next look may find what this one did not.
        for (const view of this.#views) view.unseen(error);
        failures += 1;
      }
      const hurried = this.#views.some(({ progress }) => progress.isHurried);
      await this.#pause(failures > 0 ? delayMs(defaultBackoff, failures) : hurried ? hurriedMs : idleMs);
    }
  }

  /** Ends early when somebody begins to hurry. */
  async #pause(ms: number): Promise<void> {
    if (this.#stop.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
