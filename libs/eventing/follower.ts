import type { Checkpoints } from './checkpoints.js';
import type { EventStore, FollowBatch, RecordedEvent } from './event-store.js';
import { untilLost } from './lost-checkpoint.js';
import { Pace, SliceSize } from './pace.js';
import { formatPosition } from './position.js';
import { Progress } from './progress.js';
import { defaultBackoff, delayMs, faultOf, isTransient, pause, type Backoff } from './retrying.js';
import { startCheckpoint, type Checkpoint, type Generation, type ParkedEvent, type ViewStore } from './view-store.js';

export type FollowerState = 'catching-up' | 'live' | 'retrying' | 'stopped';

/** Whoever catches up waits so often for a checkpoint that lasts. */
const lastingEveryMs = 250;

/** An event that failed so often by itself is parked. */
export const poisonTries = 5;

/** An event that a strict follower could not take; the cause says why. */
export class PoisonEvent extends Error {
  override readonly name = 'PoisonEvent';
  readonly position: bigint;
  constructor({ type, position }: RecordedEvent, options: { readonly cause: unknown }) {
    super(`${type} at ${formatPosition(position)}: ${faultOf(options.cause)}`, options);
    this.position = position;
  }
}

export interface FollowerParts {
  /** The name of its checkpoint. */
  readonly name: string;
  readonly log: EventStore;
  readonly store: ViewStore;
  /** What keeps the checkpoint where that is not the store. It may be lost: the follower notices and begins again from what is left. */
  readonly checkpoints?: Checkpoints;
  /** Looks so often whether it was lost (default 2 s). */
  readonly lookEveryMs?: number;
  /** What the events that could not be taken are kept under. */
  readonly parkedUnder: Generation;
  /** Takes in the events that come next after a position; says whether that changed anything. What it throws is retried (transient), else held against the event. */
  readonly take: (events: readonly RecordedEvent[], after: bigint) => Promise<boolean>;
  /** Whether an event is taken (or parked) at all. */
  readonly concerns?: (event: RecordedEvent) => boolean;
  /** Takes events one at a time, the checkpoint after each. */
  readonly oneByOne?: boolean;
  /** Ends with the error instead of parking. */
  readonly strict?: boolean;
  /** Asked whenever the checkpoint is read: false ends the following. */
  readonly stands?: () => Promise<boolean>;
  readonly progress?: Progress;
  readonly batchSize?: number;
  readonly backoff?: Backoff;
  /** Shared with what else works in the background. */
  readonly pace?: Pace;
}

const withRunningTime = (events: readonly RecordedEvent[], since: string): readonly RecordedEvent[] => {
  let latest = since;
  return events.map((event) => {
    if (event.recordedAt > latest) latest = event.recordedAt;
    return event.recordedAt === latest ? event : { ...event, recordedAt: latest };
  });
};

/** Follows the log from its checkpoint: a batch is taken slice by slice, then the checkpoint advances. Safe beside a second owner of the same checkpoint. */
export class LogFollower {
  readonly progress: Progress;
  readonly #parts: FollowerParts;
  readonly #backoff: Backoff;
  readonly #pace: Pace;
  readonly #slice: SliceSize;
  readonly #parkedStreams = new Map<string, bigint>();
  readonly #parkedEvents = new Set<bigint>();
  #state: FollowerState = 'stopped';
  #error: string | null = null;
  #checkpoint: Checkpoint = startCheckpoint;
  /** As far as the checkpoint, or further within a batch. */
  #taken: Checkpoint = startCheckpoint;
  /** The position that makes it live, once the batch under way tells. */
  #liveAt: bigint | undefined;
  #lastedAt = 0;
  /** Whether anything was changed that does not last yet. */
  #hasChanged = false;
  #outages = 0;
  #failing = { position: -1n, times: 0 };
  #stop = new AbortController();
  #finished: Promise<void> | undefined;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.progress = parts.progress ?? new Progress();
    this.#backoff = parts.backoff ?? defaultBackoff;
    this.#pace = parts.pace ?? new Pace();
    this.#slice = new SliceSize(this.#pace.sliceMs);
  }

  get status() {
    const { position, recordedAt } = this.#checkpoint;
    return { position, recordedAt, state: this.#state, error: this.#error, parked: this.#parkedEvents.size };
  }

  /** Ends when stopped or replaced; fails only when strict. */
  get finished(): Promise<void> {
    return this.#finished ?? Promise.resolve();
  }

  start(): void {
    if (this.#finished !== undefined) return;
    this.#stop = new AbortController();
    this.#state = 'catching-up';
    this.#finished = this.#run(this.#stop.signal);
    // Whoever needs the outcome awaits `finished`; nobody need.
    this.#finished.catch(() => undefined);
  }

  /** Finishes what is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#finished?.catch(() => undefined);
    this.#finished = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (!(await this.#load())) {
          this.#state = 'stopped';
          this.#error = 'replaced';
          return;
        }
        await this.#follow(signal);
      } catch (error) {
        if (this.#parts.strict === true && !isTransient(error)) {
          this.#state = 'stopped';
          this.#error = faultOf(error);
          throw error;
        }
        this.#retrying(error);
        await pause(delayMs(this.#backoff, this.#outages), signal);
        this.#outages += 1;
      }
    }
    this.#state = 'stopped';
  }

  async #load(): Promise<boolean> {
    const { name, store, checkpoints = store, log, parkedUnder, stands } = this.#parts;
    if ((await stands?.()) === false) return false;
    this.#checkpoint = await checkpoints.checkpoint(name);
    this.#taken = this.#checkpoint;
    this.#hasChanged = false;
    this.#parkedStreams.clear();
    this.#parkedEvents.clear();
    for (const event of await store.parked(parkedUnder)) this.#noteParked(event);
    this.#state = this.#checkpoint.position >= (await log.head()) ? 'live' : 'catching-up';
    this.progress.reach(this.#checkpoint);
    return true;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { name, log, checkpoints, lookEveryMs = 2_000, batchSize = 500 } = this.#parts;
    const over = new AbortController();
    const until = AbortSignal.any([signal, over.signal]);
    const watch = checkpoints && { name, checkpoints, known: () => this.#checkpoint, lookEveryMs };
    const watching = watch && untilLost(watch, until).then(() => over.abort());
    try {
      for await (const batch of log.follow({ after: this.#checkpoint.position, signal: until, batchSize })) {
        if (!(await this.#takeBatch(batch, until))) return;
      }
      // A log that ends its followers by itself is closing: don't ask again at once.
      await pause(delayMs(this.#backoff, this.#outages), until);
    } finally {
      over.abort();
      await watching;
    }
  }

  /** False when another owner moved the checkpoint: it is read again then. */
  async #takeBatch({ events, position, live }: FollowBatch, signal: AbortSignal): Promise<boolean> {
    this.#liveAt = live ? (events.at(-1)?.position ?? position) : undefined;
    for (let next = 0; next < events.length;) {
      const slice = events.slice(next, next + this.#slice.events);
      next += slice.length;
      const take = (): Promise<boolean> => this.#takeSlice(slice, signal);
      const work = (): Promise<boolean> => this.#slice.measured(slice.length, take);
      if (!(await this.#pace.turn({ position: this.#taken.position, live, work }))) return false;
      if (signal.aborted) return this.#advance(this.#taken);
    }
    const lasting = this.#hasChanged && (live || performance.now() - this.#lastedAt > lastingEveryMs);
    return this.#advance({ position, recordedAt: this.#taken.recordedAt }, lasting);
  }

  async #takeSlice(slice: readonly RecordedEvent[], signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return true;
    const { oneByOne, concerns = () => true } = this.#parts;
    const events = withRunningTime(slice, this.#taken.recordedAt);
    const concerned = events.filter(concerns);
    const areTaken = oneByOne !== true && concerned.length > 1 && (await this.#tryTogether(concerned));
    if (!areTaken) for (const event of concerned) if (!(await this.#takeAlone(event, signal))) return false;
    const { position, recordedAt } = events.at(-1) ?? this.#taken;
    this.#taken = { position, recordedAt };
    return true;
  }

  async #tryTogether(events: readonly RecordedEvent[]): Promise<boolean> {
    try {
      await this.#takeTogether(events);
      return true;
    } catch (error) {
      if (isTransient(error)) throw error;
      return false;
    }
  }

  async #takeTogether(events: readonly RecordedEvent[]): Promise<void> {
    const healthy = events.filter((event) => !this.#isAfterParked(event));
    for (const event of events) if (this.#isAfterParked(event)) await this.#parkLater(event);
    if (healthy.length > 0) await this.#take(healthy);
  }

  async #take(events: readonly RecordedEvent[]): Promise<void> {
    if (await this.#parts.take(events, this.#taken.position)) this.#hasChanged = true;
  }

  async #takeAlone(event: RecordedEvent, signal: AbortSignal): Promise<boolean> {
    if (this.#isAfterParked(event)) await this.#parkLater(event);
    else if (!(await this.#tryOrPark(event, signal))) return false;
    return this.#advance({ position: event.position, recordedAt: event.recordedAt });
  }

  async #tryOrPark(event: RecordedEvent, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      try {
        await this.#take([event]);
        return true;
      } catch (error) {
        if (isTransient(error)) throw error;
        if (this.#parts.strict === true) throw new PoisonEvent(event, { cause: error });
        const { position } = event;
        const times = this.#failing.position === position ? this.#failing.times + 1 : 1;
        this.#failing = { position, times };
        if (times >= poisonTries) {
          if ((await this.#parts.stands?.()) === false) return false;
          await this.#park(event, faultOf(error));
          return true;
        }
        this.#retrying(error);
        await pause(delayMs(this.#backoff, times - 1), signal);
      }
    }
    return false;
  }

  /** Whether it, or one before it in its stream, is parked. What came before those may be asked for again. */
  #isAfterParked({ stream, position }: RecordedEvent): boolean {
    const first = this.#parkedStreams.get(stream);
    return first !== undefined && position >= first;
  }

  async #parkLater(event: RecordedEvent): Promise<void> {
    if (this.#parkedEvents.has(event.position)) return;
    await this.#park(event, `after ${formatPosition(this.#parkedStreams.get(event.stream) ?? 0n)}`);
  }

  async #park(event: RecordedEvent, error: string): Promise<void> {
    const { stream, position, id: eventId, type } = event;
    const parked = { stream, position, eventId, type, error };
    await this.#parts.store.park(this.#parts.parkedUnder, parked);
    this.#noteParked(parked);
  }

  #noteParked({ stream, position }: ParkedEvent): void {
    this.#parkedEvents.add(position);
    const first = this.#parkedStreams.get(stream);
    if (first === undefined || position < first) this.#parkedStreams.set(stream, position);
  }

  /** What is told to have been reached lasts: a checkpoint that does not was lost together with what was changed up to it. */
  async #advance(to: Checkpoint, lasting = true): Promise<boolean> {
    if (to.position > this.#checkpoint.position) {
      const { name, store, checkpoints = store } = this.#parts;
      if (!(await checkpoints.advance(name, this.#checkpoint, to, { lasting }))) return false;
      this.#checkpoint = { ...this.#checkpoint, ...to };
    }
    this.#taken = this.#checkpoint;
    this.#outages = 0;
    this.#error = null;
    this.#state = this.#liveAt !== undefined && to.position >= this.#liveAt ? 'live' : 'catching-up';
    if (lasting) {
      this.#lastedAt = performance.now();
      this.#hasChanged = false;
    }
    if (!this.#hasChanged) this.progress.reach(this.#checkpoint);
    return true;
  }

  #retrying(error: unknown): void {
    this.#state = 'retrying';
    this.#error = faultOf(error);
  }
}
