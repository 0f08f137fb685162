import type { EventStore } from './event-store.js';
import type { Leases } from './leases.js';
import { Progress } from './progress.js';
import type { BuildProgress } from './rebuild.js';
import { refuse } from './refusal.js';
import { isTransient } from './retrying.js';
import type { ViewRunner } from './view-runner.js';
import type { Checkpoint, Generation, ViewStore } from './view-store.js';
import type { View } from './view.js';

export interface ViewBuildsParts {
  readonly view: View;
  readonly log: EventStore;
  readonly store: ViewStore;
  readonly leases: Leases;
  readonly runnerOf: (generation: Generation, strict: boolean, progress: Progress) => ViewRunner;
}

/** Builds generations of one view beside the live one: one at a time, in all processes. */
export class ViewBuilds {
  readonly #parts: ViewBuildsParts;
  readonly #lease: string;
  #running: ViewRunner | undefined;

  constructor(parts: ViewBuildsParts) {
    this.#parts = parts;
    this.#lease = `build/${parts.view.name}`;
  }

  /** What builds now, in this process. */
  get running(): ViewRunner | undefined {
    return this.#running;
  }

  /** Drops what builds have left behind that were cut off; does nothing while one goes on. @throws StoreUnavailable */
  async dropUnfinished(): Promise<void> {
    const { leases, store, view } = this.#parts;
    await leases.attempt(this.#lease, async () => {
      for (const left of await store.generations(view.name)) if (left.state === 'building') await store.drop(left);
    });
  }

  /** Builds a new generation for as long as it is used, and drops it unless it was promoted. @throws Refusal rebuild-running */
  async build<Result>(
    strict: boolean,
    use: (runner: ViewRunner) => Promise<Result>,
    onProgress?: (progress: BuildProgress) => void,
  ): Promise<Result> {
    const done = await this.#parts.leases.attempt(this.#lease, () => this.#build(strict, use, onProgress));
    return (done ?? refuse('rebuild-running')).result;
  }

  async #build<Result>(
    strict: boolean,
    use: (runner: ViewRunner) => Promise<Result>,
    onProgress?: (progress: BuildProgress) => void,
  ): Promise<Result> {
    const { view, log, store, runnerOf } = this.#parts;
    const head = await log.head();
    const generation = await store.create(view.name, view.version, view);
    const progress = new Progress(({ position }: Checkpoint) =>
      onProgress?.({ position, head: position > head ? position : head }),
    );
    const runner = runnerOf(generation, strict, progress);
    this.#running = runner;
    try {
      runner.start();
      return await use(runner);
    } finally {
      this.#running = undefined;
      await runner.stop();
      progress.end();
      await this.#discard(generation);
    }
  }

  /** What can't be dropped now is dropped at the next start. */
  async #discard({ view, number }: Generation): Promise<void> {
    const { store } = this.#parts;
    try {
      const left = (await store.generations(view)).find((generation) => generation.number === number);
      if (left?.state === 'building') await store.drop(left);
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
  }
}
