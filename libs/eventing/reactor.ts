import type { Checkpoints } from './checkpoints.js';
import type { EventStore, RecordedEvent } from './event-store.js';
import { LogFollower, type FollowerState } from './follower.js';
import type { WaitOptions } from './progress.js';
import type { Backoff } from './retrying.js';
import type { Generation, ParkedEvent, ViewStore } from './view-store.js';

/** Acts on what has happened: at least once an event, in log order, from the first event on; never in a rebuild. */
export interface Reactor {
  readonly name: string;
  /** The types of events it reacts to. */
  readonly types: readonly string[];
  /**
   * What keeps its checkpoint (default: the view store). Whoever only enqueues jobs keeps it with them: where those are
   * lost it is, too, and all that has happened is reacted to again.
   */
  readonly checkpoints?: Checkpoints;
  /** May be asked again for an event it has reacted to. What it throws is retried; see {@link ReactorRunner}. */
  react(event: RecordedEvent): Promise<void>;
}

export interface ReactorStatus {
  readonly reactor: string;
  readonly position: bigint;
  readonly recordedAt: string;
  /** `elsewhere` where it is left to another process. */
  readonly state: FollowerState | 'elsewhere';
  readonly error: string | null;
  readonly parked: number;
}

export interface ReactorRunnerParts {
  readonly reactor: Reactor;
  readonly log: EventStore;
  readonly store: ViewStore;
  readonly upcast: (event: RecordedEvent) => RecordedEvent;
  readonly batchSize?: number;
  readonly backoff?: Backoff;
  /** Looks so often whether a checkpoint kept elsewhere was lost (default 2 s). */
  readonly lookEveryMs?: number;
}

const nothing = { columns: {}, indexes: [] };

/**
 * Runs a reactor from its own checkpoint. Transient faults are retried for ever; an event that fails five times by
 * itself is parked with all later ones of its stream, which are tried again in order at the next start.
 */
export class ReactorRunner {
  readonly #parts: ReactorRunnerParts;
  readonly #name: string;
  #follower: LogFollower | undefined;
  #running = false;

  constructor(parts: ReactorRunnerParts) {
    this.#parts = parts;
    this.#name = `reactor/${parts.reactor.name}`;
  }

  get status(): ReactorStatus {
    const idle = { position: 0n, recordedAt: '', state: 'stopped', error: null, parked: 0 } as const;
    return { reactor: this.#parts.reactor.name, ...(this.#follower?.status ?? idle) };
  }

  /** The status; where another process runs it, how far that one has come. @throws StoreUnavailable */
  async look(): Promise<ReactorStatus> {
    if (this.#running) return this.status;
    const { reactor, store } = this.#parts;
    const { position, recordedAt } = await (reactor.checkpoints ?? store).checkpoint(this.#name);
    const parked = (await this.parked()).length;
    return { reactor: reactor.name, position, recordedAt, state: 'elsewhere', error: null, parked };
  }

  /** Resolves to true once all events up to the position were reacted to (or parked), to false on the timeout or the signal. */
  async waitFor(position: bigint, options: WaitOptions = {}): Promise<boolean> {
    return this.#follower?.progress.waitFor(position, options) ?? false;
  }

  /** @throws StoreUnavailable */
  async start(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      await this.#startFollower();
    } catch (error) {
      this.#running = false;
      throw error;
    }
  }

  /** Finishes the event under way. */
  async stop(): Promise<void> {
    await this.#follower?.stop();
    this.#running = false;
  }

  async parked(): Promise<readonly ParkedEvent[]> {
    return this.#parts.store.parked(await this.#parkedUnder());
  }

  async #startFollower(): Promise<void> {
    const { reactor, log, store, batchSize, backoff, lookEveryMs } = this.#parts;
    this.#follower = new LogFollower({
      name: this.#name,
      log,
      store,
      parkedUnder: await this.#withoutWhatWorksNow(await this.#parkedUnder()),
      oneByOne: true,
      concerns: ({ type }) => reactor.types.includes(type),
      take: async (events) => {
        for (const event of events) await this.#react(event);
        return true;
      },
      ...(reactor.checkpoints && { checkpoints: reactor.checkpoints }),
      ...(lookEveryMs !== undefined && { lookEveryMs }),
      ...(batchSize !== undefined && { batchSize }),
      ...(backoff && { backoff }),
    });
    this.#follower.start();
  }

  async #react(event: RecordedEvent): Promise<void> {
    await this.#parts.reactor.react(this.#parts.upcast(event));
  }

  /** The parked events are all that is kept: in a generation without rows. */
  #parkedUnder(): Promise<Generation> {
    return this.#parts.store.keep(this.#name, nothing);
  }

  /** Reacts to the parked events once more, each stream in order up to its first failure; what is left is kept in one step. */
  async #withoutWhatWorksNow(generation: Generation): Promise<Generation> {
    const { store } = this.#parts;
    const parked = await store.parked(generation);
    if (parked.length === 0) return generation;
    const left: ParkedEvent[] = [];
    for (const stream of new Set(parked.map((event) => event.stream)))
      left.push(
        ...(await this.#leftOf(
          stream,
          parked.filter((event) => event.stream === stream),
        )),
      );
    if (left.length === parked.length) return generation;
    const next = await store.create(this.#name, 1, nothing);
    for (const event of left) await store.park(next, event);
    return store.promote(next);
  }

  async #leftOf(stream: string, parked: readonly ParkedEvent[]): Promise<readonly ParkedEvent[]> {
    let done = 0;
    for await (const event of this.#parts.log.readStream(stream)) {
      if (event.position !== parked[done]?.position) continue;
      try {
        await this.#react(event);
      } catch {
        // Whatever it was: the event stays parked, and so do those after it.
        break;
      }
      done += 1;
    }
    return parked.slice(done);
  }
}
