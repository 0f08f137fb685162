import { UnknownEventType } from './event-types.js';
import type { EventStore, RecordedEvent } from './event-store.js';
import { foldOver } from './fold-batch.js';
import { LogFollower, type FollowerState } from './follower.js';
import type { Pace } from './pace.js';
import type { Progress, WaitOptions } from './progress.js';
import type { Backoff } from './retrying.js';
import { StandingRows } from './standing-rows.js';
import { generationName, type Checkpoint, type Generation, type ViewStore } from './view-store.js';
import type { View } from './view.js';

/** How events of the log become what a view folds. */
export interface EventReading {
  /** Lifts an event to the shape of today. @throws UnknownEventType */
  readonly upcast: (event: RecordedEvent) => RecordedEvent;
  /** Opens the personal fields, '[erased]' where the key is gone. @throws StoreUnavailable */
  readonly open: (event: RecordedEvent) => Promise<RecordedEvent>;
}

export interface ViewStatus {
  readonly view: string;
  readonly generation: number;
  readonly version: number;
  readonly position: bigint;
  /** The latest time up to there, '' at the beginning. */
  readonly recordedAt: string;
  readonly state: FollowerState;
  /** Name and code of what is being retried or was stopped by. */
  readonly error: string | null;
  /** How many events are parked. */
  readonly parked: number;
}

export interface ViewRunnerParts {
  readonly view: View;
  readonly generation: Generation;
  readonly log: EventStore;
  readonly store: ViewStore;
  readonly reading: EventReading;
  /** For builds beside a live one: unknown events and poison end it instead of being ignored and parked. */
  readonly strict?: boolean;
  readonly progress?: Progress;
  readonly batchSize?: number;
  readonly backoff?: Backoff;
  /** Shared by the views of a process. */
  readonly pace?: Pace;
  /** Another owner dropped this generation. */
  readonly replaced?: () => void;
}

/** Of about a kilobyte each. */
const mostRowsKept = 40_000;

const upcastKnown = (reading: EventReading, events: readonly RecordedEvent[], strict: boolean): RecordedEvent[] =>
  events.flatMap((event) => {
    try {
      return [reading.upcast(event)];
    } catch (error) {
      if (strict || !(error instanceof UnknownEventType)) throw error;
      return [];
    }
  });

const openTouching = async (
  { view, reading }: ViewRunnerParts,
  events: readonly RecordedEvent[],
): Promise<readonly RecordedEvent[]> => {
  if (view.personal === undefined) return events;
  return Promise.all(events.map(async (event) => (view.rows(event).length > 0 ? reading.open(event) : event)));
};

/** Keeps one generation of a view up with the log. */
export class ViewRunner {
  readonly #parts: ViewRunnerParts;
  readonly #follower: LogFollower;
  #rows: StandingRows | undefined;

  constructor(parts: ViewRunnerParts) {
    this.#parts = parts;
    const { view, generation, log, store, reading, strict = false, replaced } = parts;
    const { progress, batchSize, backoff, pace } = parts;
    this.#follower = new LogFollower({
      name: generationName(generation),
      log,
      store,
      parkedUnder: generation,
      strict,
      ...(progress && { progress }),
      ...(batchSize !== undefined && { batchSize }),
      ...(backoff && { backoff }),
      ...(pace && { pace }),
      take: async (events, after) => {
        const read = await openTouching(parts, upcastKnown(reading, events, strict));
        const rows = this.#rowsAsOf(after);
        const changes = await foldOver(view, rows, read);
        if (changes.length > 0) await store.write(generation, changes);
        this.#keepRows(rows, read.at(-1)?.position ?? after);
        return changes.length > 0;
      },
      stands: async () => {
        this.#rows = undefined;
        const stands = (await store.generations(view.name)).some(({ number }) => number === generation.number);
        if (!stands) replaced?.();
        return stands;
      },
    });
  }

  /** Those that stand, from the last batch on; what fails, or may be of another owner, is read again. */
  #rowsAsOf(position: bigint): StandingRows {
    const { view, store, generation } = this.#parts;
    const kept = this.#rows;
    this.#rows = undefined;
    return kept !== undefined && kept.asOf <= position ? kept : new StandingRows(view, store, generation, position);
  }

  /** A load knows what it has written. Nothing is kept of a view that is read: it may hold names. */
  #keepRows(rows: StandingRows, upTo: bigint): void {
    const { view, generation } = this.#parts;
    if (generation.state === 'live' || view.appendOnly === true || rows.size > mostRowsKept) return;
    rows.written(upTo);
    this.#rows = rows;
  }

  get generation(): Generation {
    return this.#parts.generation;
  }

  get checkpoint(): Checkpoint {
    return this.#follower.progress.checkpoint;
  }

  get status(): ViewStatus {
    const { view, number: generation, version } = this.#parts.generation;
    return { view, generation, version, ...this.#follower.status };
  }

  /** Ends when stopped or replaced; fails only when strict. */
  get finished(): Promise<void> {
    return this.#follower.finished;
  }

  /** Resolves to true once the checkpoint reached the position, to false on the timeout or the signal. */
  async waitFor(position: bigint, options: WaitOptions = {}): Promise<boolean> {
    return this.#follower.progress.waitFor(position, options);
  }

  start(): void {
    this.#follower.start();
  }

  /** Finishes the batch under way. */
  async stop(): Promise<void> {
    await this.#follower.stop();
  }
}
