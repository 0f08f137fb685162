import type { EventStore } from './event-store.js';
import type { Leases, Work } from './leases.js';
import type { Pace } from './pace.js';
import { formatPosition } from './position.js';
import { Progress } from './progress.js';
import { built, compare, type BuildProgress, type Verification } from './rebuild.js';
import { refuse } from './refusal.js';
import { defaultBackoff, delayMs, faultOf, isTransient, pause, type Backoff } from './retrying.js';
import { Turns } from './turns.js';
import {
  generationName,
  type Checkpoint,
  type Generation,
  type LiveGeneration,
  type ParkedEvent,
  type ViewStore,
} from './view-store.js';
import { ViewBuilds } from './view-builds.js';
import { ViewRunner, type EventReading, type ViewStatus } from './view-runner.js';
import type { View } from './view.js';

export interface KeptViewParts {
  readonly view: View;
  readonly log: EventStore;
  readonly store: ViewStore;
  readonly reading: EventReading;
  readonly leases: Leases;
  readonly pace: Pace;
  /** Whether nothing but this process moves the view's checkpoint, so that it never lies after the head of the log. */
  readonly isAlone: boolean;
  readonly batchSize?: number;
  readonly backoff?: Backoff;
  /** The process is ending. */
  readonly ending: AbortSignal;
  /** Called when somebody waits for the view who is in a hurry. */
  readonly onHurry?: () => void;
  /** Looks at what is live in the store now: for views that other processes switch, too. */
  readonly lookAgain?: () => Promise<void>;
}

/**
 * One view in this process. What is read is the live generation, as far as it has come. Between `start` and `stop` this process keeps it up
 * with the log, building it first if it is missing; otherwise another one does, and {@link seen} tells how far it is.
 */
export class KeptView implements Work {
  readonly name: string;
  readonly progress: Progress;
  readonly #parts: KeptViewParts;
  readonly #turns = new Turns();
  readonly #builds: ViewBuilds;
  readonly #background = new Set<Promise<unknown>>();
  #live: Generation | undefined;
  #runner: ViewRunner | undefined;
  /** Why there is no live generation yet. */
  #buildError: string | null = null;
  /** Why nobody knows how far it is. */
  #lookError: string | null = null;
  #parked = 0;
  /** Settles when a switch that is under way is over. */
  #switching: Promise<void> = Promise.resolve();
  #stop = new AbortController();
  #building: Promise<void> = Promise.resolve();

  constructor(parts: KeptViewParts) {
    this.#parts = parts;
    this.name = parts.view.name;
    this.progress = new Progress(undefined, parts.onHurry);
    this.#builds = new ViewBuilds({ ...parts, runnerOf: (...of) => this.#runnerOf(...of) });
    this.#stop.abort();
  }

  /**
   * Begins to keep the view up; what is missing or of another version is built in the background and can be read once it has
   * caught up. Leftovers of unfinished builds are dropped.
   * @throws StoreUnavailable
   */
  async start(): Promise<void> {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    await this.#builds.dropUnfinished();
    if (!(await this.#serveLive()))
      this.#building = this.#buildUntilLive(AbortSignal.any([signal, this.#parts.ending]));
  }

  /** Finishes the batch under way and leaves the view to others. What is read here stays as it is. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#building;
    await this.#turns.run('serve', async () => {
      await this.#runner?.stop();
      this.#runner = undefined;
    });
  }

  /** Resolves once nothing goes on in the background any more, and nobody waits. */
  async end(): Promise<void> {
    await this.stop();
    await Promise.allSettled(this.#background);
    this.progress.end();
  }

  get status(): ViewStatus {
    const status = (this.#runner ?? this.#builds.running)?.status;
    const error = this.#buildError ?? this.#lookError;
    if (status !== undefined) return { ...status, error: status.error ?? error };
    const { name, version } = this.#parts.view;
    const { position, recordedAt } = this.progress.checkpoint;
    const state = error !== null ? 'retrying' : this.#live === undefined ? 'catching-up' : 'live';
    const generation = this.#live?.number ?? 0;
    return { view: name, generation, version, position, recordedAt, state, error, parked: this.#parked };
  }

  /** What is live in the store, and how far: told again and again where other processes may keep the view up, or switch it. */
  async seen(found: LiveGeneration | undefined): Promise<void> {
    this.#lookError = null;
    // One of another build of the product is nothing to this one; what it reads it goes on reading.
    if (found === undefined || found.generation.version !== this.#parts.view.version) return;
    const { generation, checkpoint } = found;
    if (this.#live?.number === generation.number) this.progress.reach(checkpoint);
    else await this.#switchedElsewhere(found);
  }

  /** What is live could not be found out. */
  unseen(error: unknown): void {
    this.#lookError = faultOf(error);
  }

  /** Counts the parked events anew, where another process parks them. */
  async countParked(): Promise<void> {
    const live = this.#live;
    if (live !== undefined && this.#runner === undefined) this.#parked = (await this.#parts.store.parked(live)).length;
  }

  /** Reads from the live generation, again if that was switched meanwhile. @throws Refusal view-behind before there is one */
  async read<Result>(use: (generation: Generation) => Promise<Result>): Promise<Result> {
    const live = this.#live ?? refuse('view-behind', { position: formatPosition(0n) });
    try {
      return await use(live);
    } catch (error) {
      await this.#switching;
      if (this.#live === live && isTransient(error)) await this.#parts.lookAgain?.();
      if (this.#live === live || this.#live === undefined) throw error;
      return use(this.#live);
    }
  }

  /** The events that the live generation could not take in. */
  async parked(): Promise<readonly ParkedEvent[]> {
    return this.read((live) => this.#parts.store.parked(live));
  }

  /** See {@link Views.rebuild}. */
  async rebuild(onProgress?: (progress: BuildProgress) => void): Promise<void> {
    const { ending } = this.#parts;
    return this.#run(this.#buildAgain((runner) => this.#bringLive(runner, ending), onProgress));
  }

  /** See {@link Views.verify}. */
  async verify(
    digest: (generation: Generation, position: bigint) => Promise<string>,
    onProgress?: (progress: BuildProgress) => void,
  ): Promise<Verification> {
    const { log, store, ending } = this.#parts;
    const liveDigest = async (position: bigint): Promise<string> => {
      await this.progress.waitFor(position, { signal: ending });
      return this.read((live) => digest(live, position));
    };
    const check = (copy: ViewRunner) => compare(log, store, copy, liveDigest, ending);
    return this.#run(this.#buildAgain(check, onProgress));
  }

  #run<Result>(work: Promise<Result>): Promise<Result> {
    const done = (): boolean => this.#background.delete(work);
    this.#background.add(work);
    work.then(done, done);
    return work;
  }

  get #keeps(): boolean {
    return !this.#stop.signal.aborted && !this.#parts.ending.aborted;
  }

  #runnerOf(generation: Generation, strict: boolean, progress: Progress): ViewRunner {
    const { view, log, store, reading, batchSize, backoff, pace } = this.#parts;
    const replaced = progress === this.progress ? () => void this.#run(this.#adopt()) : () => undefined;
    const tuning = { ...(batchSize !== undefined && { batchSize }), ...(backoff && { backoff }) };
    return new ViewRunner({ view, generation, log, store, reading, strict, progress, replaced, pace, ...tuning });
  }

  async #newestLive(): Promise<Generation | undefined> {
    return (await this.#parts.store.generations(this.name)).findLast(({ state }) => state === 'live');
  }

  /**
   * Serves the live generation, and follows the log with it while this process keeps the view up; false when there is none of this build's
   * version, or it knows more than the log, which was restored from before it.
   */
  async #serveLive(): Promise<boolean> {
    const { view, log, store, isAlone } = this.#parts;
    const live = await this.#newestLive();
    if (live?.version !== view.version) return false;
    const checkpoint = await store.checkpoint(generationName(live));
    if (isAlone && checkpoint.position > (await log.head())) return false;
    await store.open(live, view);
    await this.#serve(live, checkpoint);
    return true;
  }

  /** No reader ever goes back: what is read is switched only to a generation that has come as far. */
  async #serve(live: Generation, checkpoint: Checkpoint): Promise<void> {
    await this.#turns.run('serve', async () => {
      if (checkpoint.position >= this.progress.position) {
        this.#live = live;
        this.#buildError = null;
        this.progress.reach(checkpoint);
      }
      if (this.#runner?.generation.number === live.number || !this.#keeps) return;
      await this.#runner?.stop();
      this.#runner = this.#runnerOf(live, false, this.progress);
      this.#runner.start();
    });
  }

  async #switchedElsewhere({ generation, checkpoint }: LiveGeneration): Promise<void> {
    await this.#parts.store.open(generation, this.#parts.view);
    await this.#serve(generation, checkpoint);
  }

  /** Not strict: with nothing else to read, a poison event must not keep the whole view away. */
  async #buildUntilLive(signal: AbortSignal): Promise<void> {
    await this.#repeat(signal, async () => {
      if (await this.#serveLive()) return true;
      await this.#builds.build(false, (runner) => this.#bringLive(runner, signal));
      return true;
    });
  }

  /** Another process switched the view: goes on with its generation, unless a newer build of the product made it. */
  async #adopt(): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, this.#parts.ending]);
    await this.#runner?.finished;
    await this.#repeat(signal, async () => {
      const live = await this.#newestLive();
      return live !== undefined && (live.version !== this.#parts.view.version || (await this.#serveLive()));
    });
  }

  async #repeat(signal: AbortSignal, attempt: () => Promise<boolean>): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        if (await attempt()) return;
      } catch (error) {
        this.#buildError = faultOf(error);
      }
      await pause(delayMs(this.#parts.backoff ?? defaultBackoff, failures), signal);
    }
  }

  async #buildAgain<Result>(
    use: (runner: ViewRunner) => Promise<Result>,
    onProgress?: (progress: BuildProgress) => void,
  ): Promise<Result> {
    // What the first build was switched to can be read while that still clears up.
    if (this.#live !== undefined) await this.#building;
    return this.#builds.build(true, use, onProgress);
  }

  async #bringLive(runner: ViewRunner, signal: AbortSignal): Promise<void> {
    const { log, store } = this.#parts;
    await built(runner, await log.head(), signal);
    await store.index(runner.generation);
    await built(runner, await log.head(), signal);
    const switched = this.#switchTo(runner, signal);
    this.#switching = switched.catch(() => undefined);
    await switched;
  }

  /** The old one stops first and the new one passes it, so that no reader ever goes back. */
  async #switchTo(runner: ViewRunner, signal: AbortSignal): Promise<void> {
    await this.#runner?.stop();
    try {
      await built(runner, this.progress.position, signal);
      await runner.stop();
      const live = await this.#parts.store.promote(runner.generation);
      await this.#serve(live, runner.checkpoint);
    } finally {
      if (this.#keeps) this.#runner?.start();
    }
  }
}
