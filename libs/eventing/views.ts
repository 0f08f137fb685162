import { digestOf } from './digest.js';
import type { EventStore } from './event-store.js';
import type { JsonObject } from './json.js';
import { moments } from './moments.js';
import { Pace } from './pace.js';
import { formatPosition } from './position.js';
import { Progress, type WaitOptions } from './progress.js';
import { built, compare, type BuildProgress, type Verification } from './rebuild.js';
import { refuse } from './refusal.js';
import { defaultBackoff, delayMs, faultOf, isTransient, pause, type Backoff } from './retrying.js';
import { generationName, type Checkpoint, type Generation, type ParkedEvent, type ViewStore } from './view-store.js';
import { ViewRunner, type EventReading, type ViewStatus } from './view-runner.js';
import type { View } from './view.js';

export interface ViewsParts {
  readonly views: readonly View[];
  readonly log: EventStore;
  readonly store: ViewStore;
  readonly reading: EventReading;
  readonly batchSize?: number;
  readonly backoff?: Backoff;
}

/** A view of one row type as a registry holds it; it is only ever given its own rows back. */
export const viewOf = <Row extends JsonObject>(view: View<Row>): View => view as unknown as View;

interface Kept {
  readonly view: View;
  /** Of the live generation, over all of them. */
  readonly progress: Progress;
  live: Generation | undefined;
  runner: ViewRunner | undefined;
  /** Set while a generation is built beside. */
  beside: { runner?: ViewRunner } | undefined;
  /** Why there is no live generation yet. */
  error: string | null;
  /** Settles when a switch that is under way is over. */
  switching: Promise<void>;
}

/** All views of a process: keeps each up with the log, rebuilds them and knows which generation is read. `moments` is always among them. */
export class Views {
  readonly log: EventStore;
  readonly store: ViewStore;
  readonly #parts: ViewsParts;
  readonly #kept: ReadonlyMap<string, Kept>;
  readonly #pace = new Pace();
  readonly #stop = new AbortController();
  readonly #background = new Set<Promise<unknown>>();

  constructor(parts: ViewsParts) {
    this.#parts = parts;
    this.log = parts.log;
    this.store = parts.store;
    const views = new Map([viewOf(moments), ...parts.views].map((view) => [view.name, view]));
    const fresh = { live: undefined, runner: undefined, beside: undefined, error: null };
    this.#kept = new Map(
      [...views].map(([name, view]) => {
        return [name, { ...fresh, view, progress: new Progress(), switching: Promise.resolve() }];
      }),
    );
  }

  /**
   * Opens what is live and begins to follow the log; what is missing or of another version is built in the background
   * and can be read once it has caught up. Leftovers of unfinished builds are dropped.
   * @throws StoreUnavailable
   */
  async start(): Promise<void> {
    for (const kept of this.#kept.values()) {
      const generations = await this.store.generations(kept.view.name);
      for (const left of generations) if (left.state === 'building') await this.store.drop(left);
      if (!(await this.#serveLive(kept))) void this.#run(this.#buildUntilLive(kept));
    }
  }

  /** Finishes the batches under way, gives up unfinished builds, and ends for good. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#background);
    for (const { runner, progress } of this.#kept.values()) {
      await runner?.stop();
      progress.end();
    }
  }

  status(): readonly ViewStatus[] {
    return [...this.#kept.values()].map(({ view, runner, beside, error }) => {
      const status = (runner ?? beside?.runner)?.status;
      if (status !== undefined) return { ...status, error: status.error ?? error };
      const { name, version } = view;
      const state = error === null ? 'catching-up' : 'retrying';
      return { view: name, generation: 0, version, position: 0n, recordedAt: '', state, error, parked: 0 };
    });
  }

  /** How far what is read is; position 0 also before there is anything to read. */
  checkpoint(name: string): Checkpoint {
    return this.#the(name).progress.checkpoint;
  }

  /** Resolves to true once the view can be read and has reached the position, to false on the timeout, the signal or {@link stop}. */
  async waitFor(name: string, position: bigint, options: WaitOptions = {}): Promise<boolean> {
    return this.#the(name).progress.waitFor(position, options);
  }

  /** Reads from the live generation, again if that was switched meanwhile. @throws Refusal view-behind before there is one */
  async read<Result>(name: string, use: (generation: Generation) => Promise<Result>): Promise<Result> {
    const kept = this.#the(name);
    const live = kept.live ?? refuse('view-behind', { position: formatPosition(0n) });
    try {
      return await use(live);
    } catch (error) {
      await kept.switching;
      if (kept.live === live || kept.live === undefined) throw error;
      return use(kept.live);
    }
  }

  /** The events that the live generation could not take in. */
  async parked(name: string): Promise<readonly ParkedEvent[]> {
    return this.read(name, (live) => this.store.parked(live));
  }

  /** SHA-256 over all versions as they were at a position (default: the checkpoint). */
  async digest(name: string, asOf: bigint = this.checkpoint(name).position): Promise<string> {
    return this.read(name, (live) => digestOf(this.store.scan(live), asOf));
  }

  /**
   * Builds the view beside the live one from the whole log and switches to it. Strict: an event that is unknown or
   * can't be folded fails it and leaves the live one as it is.
   * @throws Refusal rebuild-running
   */
  async rebuild(name: string, onProgress?: (progress: BuildProgress) => void): Promise<void> {
    const kept = this.#the(name);
    return this.#run(this.#beside(kept, true, (runner) => this.#bringLive(kept, runner), onProgress));
  }

  /** Builds the view beside, compares digests with the live one and drops what was built. @throws Refusal rebuild-running */
  async verify(name: string, onProgress?: (progress: BuildProgress) => void): Promise<Verification> {
    const { signal } = this.#stop;
    const liveDigest = async (position: bigint): Promise<string> => {
      await this.waitFor(name, position, { signal });
      return this.digest(name, position);
    };
    const check = (copy: ViewRunner) => compare(this.log, this.store, copy, liveDigest, signal);
    return this.#run(this.#beside(this.#the(name), true, check, onProgress));
  }

  #the(name: string): Kept {
    const kept = this.#kept.get(name);
    if (kept === undefined) throw new Error(`there is no view ${name}`);
    return kept;
  }

  #run<Result>(work: Promise<Result>): Promise<Result> {
    const done = (): boolean => this.#background.delete(work);
    this.#background.add(work);
    work.then(done, done);
    return work;
  }

  #runner(kept: Kept, generation: Generation, strict: boolean, progress: Progress): ViewRunner {
    const { log, store, reading, batchSize, backoff } = this.#parts;
    const replaced = progress === kept.progress ? () => void this.#run(this.#adopt(kept)) : () => undefined;
    const tuning = { ...(batchSize !== undefined && { batchSize }), ...(backoff && { backoff }) };
    const { view } = kept;
    const pace = this.#pace;
    return new ViewRunner({ view, generation, log, store, reading, strict, progress, replaced, pace, ...tuning });
  }

  /** Follows and serves the live generation; false when there is none of this build's version. */
  async #serveLive(kept: Kept): Promise<boolean> {
    const { view } = kept;
    const live = (await this.store.generations(view.name)).findLast(({ state }) => state === 'live');
    if (live?.version !== view.version) return false;
    await this.store.open(live, view);
    this.#serve(kept, live, await this.store.checkpoint(generationName(live)));
    kept.runner?.start();
    return true;
  }

  #serve(kept: Kept, live: Generation, checkpoint: Checkpoint): void {
    kept.live = live;
    kept.error = null;
    kept.runner = this.#runner(kept, live, false, kept.progress);
    kept.progress.reach(checkpoint);
  }

  /** Not strict: with nothing else to read, a poison event must not keep the whole view away. */
  async #buildUntilLive(kept: Kept): Promise<void> {
    await this.#repeat(kept, async () => {
      if (await this.#serveLive(kept)) return true;
      await this.#beside(kept, false, (runner) => this.#bringLive(kept, runner));
      return true;
    });
  }

  /** Another process switched the view: goes on with its generation, unless a newer build of the product made it. */
  async #adopt(kept: Kept): Promise<void> {
    await kept.runner?.finished;
    await this.#repeat(kept, async () => {
      const live = (await this.store.generations(kept.view.name)).findLast(({ state }) => state === 'live');
      return live !== undefined && (live.version !== kept.view.version || (await this.#serveLive(kept)));
    });
  }

  async #repeat(kept: Kept, attempt: () => Promise<boolean>): Promise<void> {
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        if (await attempt()) return;
      } catch (error) {
        kept.error = faultOf(error);
      }
      await pause(delayMs(this.#parts.backoff ?? defaultBackoff, failures), signal);
    }
  }

  async #beside<Result>(
    kept: Kept,
    strict: boolean,
    use: (runner: ViewRunner) => Promise<Result>,
    onProgress?: (progress: BuildProgress) => void,
  ): Promise<Result> {
    if (kept.beside !== undefined) refuse('rebuild-running');
    const beside: NonNullable<Kept['beside']> = {};
    kept.beside = beside;
    try {
      const head = await this.log.head();
      const generation = await this.store.create(kept.view.name, kept.view.version, kept.view);
      const report = ({ position }: Checkpoint): void =>
        onProgress?.({ position, head: position > head ? position : head });
      const progress = new Progress(report);
      const runner = this.#runner(kept, generation, strict, progress);
      beside.runner = runner;
      try {
        runner.start();
        return await use(runner);
      } finally {
        await runner.stop();
        progress.end();
        await this.#discard(generation);
      }
    } finally {
      if (kept.beside === beside) kept.beside = undefined;
    }
  }

  /** What can't be dropped now is dropped at the next start. */
  async #discard({ view, number }: Generation): Promise<void> {
    try {
      const left = (await this.store.generations(view)).find((generation) => generation.number === number);
      if (left?.state === 'building') await this.store.drop(left);
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
  }

  async #bringLive(kept: Kept, runner: ViewRunner): Promise<void> {
    const { signal } = this.#stop;
    await built(runner, await this.log.head(), signal);
    await this.store.index(runner.generation);
    await built(runner, await this.log.head(), signal);
    const switched = this.#switchTo(kept, runner, signal);
    kept.switching = switched.catch(() => undefined);
    await switched;
  }

  /** The old one stops first and the new one passes it, so that no reader ever goes back. */
  async #switchTo(kept: Kept, runner: ViewRunner, signal: AbortSignal): Promise<void> {
    await kept.runner?.stop();
    try {
      await built(runner, kept.progress.position, signal);
      await runner.stop();
      const live = await this.store.promote(runner.generation);
      kept.beside = undefined;
      this.#serve(kept, live, runner.checkpoint);
    } finally {
      if (!signal.aborted) kept.runner?.start();
    }
  }
}
