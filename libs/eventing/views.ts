import { digestOf } from './digest.js';
import { EarlierPositions } from './earlier-positions.js';
import type { EventStore } from './event-store.js';
import type { JsonObject } from './json.js';
import { KeptView } from './kept-view.js';
import { ownLeases, type Leases } from './leases.js';
import { moments } from './moments.js';
import { Pace } from './pace.js';
import type { WaitOptions } from './progress.js';
import type { BuildProgress, Verification } from './rebuild.js';
import type { Backoff } from './retrying.js';
import type { Checkpoint, Generation, ParkedEvent, ViewStore } from './view-store.js';
import type { EventReading, ViewStatus } from './view-runner.js';
import type { View } from './view.js';
import { Watch } from './watch.js';

export interface ViewsParts {
  readonly views: readonly View[];
  readonly log: EventStore;
  readonly store: ViewStore;
  readonly reading: EventReading;
  /** Shared with the other processes that keep these views up; left out, there are none. */
  readonly leases?: Leases;
  /** Whether this process keeps views up (default), or only reads what others keep up. */
  readonly keepsUp?: boolean;
  /** The log's id, which cursors and positions of other logs are told apart by; null as long as it has none. */
  readonly logId?: () => Promise<string | null>;
  /** How long a slice of the work may keep the event loop (default 1 ms, as fits where others wait for it). */
  readonly sliceMs?: number;
  readonly batchSize?: number;
  readonly backoff?: Backoff;
}

/** A view of one row type as a registry holds it; it is only ever given its own rows back. */
export const viewOf = <Row extends JsonObject>(view: View<Row>): View => view as unknown as View;

/** All views of a process: keeps them up with the log, rebuilds them and knows which generation is read. `moments` is always among them. */
export class Views {
  readonly log: EventStore;
  readonly store: ViewStore;
  /** See {@link ViewsParts.logId}. */
  readonly logId: () => Promise<string | null>;
  /** Of the logs that this one was copied from. */
  readonly earlier: EarlierPositions;
  readonly #leases: Leases;
  readonly #keepsUp: boolean;
  readonly #kept: ReadonlyMap<string, KeptView>;
  readonly #ending = new AbortController();
  /** Where other processes keep views up, too: sees how far they are. */
  readonly #watch: Watch | undefined;
  #letGo: (() => Promise<void>)[] = [];

  constructor({ views, keepsUp = true, leases, logId = () => Promise.resolve(null), sliceMs, ...parts }: ViewsParts) {
    const { log, store } = parts;
    this.log = log;
    this.store = store;
    this.logId = logId;
    this.earlier = new EarlierPositions(store);
    this.#keepsUp = keepsUp;
    this.#leases = leases ?? ownLeases();
    const shared = {
      ...parts,
      leases: this.#leases,
      pace: new Pace(sliceMs),
      isAlone: leases === undefined,
      ending: this.#ending.signal,
    };
    const watching = { onHurry: () => this.#watch?.hurry(), lookAgain: async () => this.#watch?.look() };
    const all = new Map([viewOf(moments), ...views].map((view) => [view.name, view]));
    this.#kept = new Map([...all].map(([name, view]) => [name, new KeptView({ ...shared, ...watching, view })]));
    if (leases !== undefined) this.#watch = new Watch(store, [...this.#kept.values()]);
  }

  /**
   * Opens what is live and begins to follow the log, or those who do; what is missing or of another version is built in the
   * background and can be read once it has caught up.
   * @throws StoreUnavailable
   */
  async start(): Promise<void> {
    await this.#watch?.start();
    if (!this.#keepsUp) return;
    for (const kept of this.#kept.values()) this.#letGo.push(await this.#leases.hold(`view/${kept.name}`, kept));
  }

  /** Finishes the batches under way, gives up unfinished builds, and ends for good. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#letGo.map((letGo) => letGo()));
    await this.#watch?.stop();
    for (const kept of this.#kept.values()) await kept.end();
  }

  status(): readonly ViewStatus[] {
    return [...this.#kept.values()].map(({ status }) => status);
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
    return this.#the(name).read(use);
  }

  /** The events that the live generation could not take in. */
  async parked(name: string): Promise<readonly ParkedEvent[]> {
    return this.#the(name).parked();
  }

  /** SHA-256 over all versions as they were at a position (default: the checkpoint). */
  async digest(name: string, asOf: bigint = this.checkpoint(name).position): Promise<string> {
    return this.read(name, (live) => this.#digestOf(live, asOf));
  }

  /**
   * Builds the view beside the live one from the whole log and switches to it. Strict: an event that is unknown or
   * can't be folded fails it and leaves the live one as it is.
   * @throws Refusal rebuild-running
   */
  async rebuild(name: string, onProgress?: (progress: BuildProgress) => void): Promise<void> {
    return this.#the(name).rebuild(onProgress);
  }

  /** Builds the view beside, compares digests with the live one and drops what was built. @throws Refusal rebuild-running */
  async verify(name: string, onProgress?: (progress: BuildProgress) => void): Promise<Verification> {
    return this.#the(name).verify((live, position) => this.#digestOf(live, position), onProgress);
  }

  #digestOf(generation: Generation, asOf: bigint): Promise<string> {
    return digestOf(this.store.scan(generation), asOf);
  }

  #the(name: string): KeptView {
    const kept = this.#kept.get(name);
    if (kept === undefined) throw new Error(`there is no view ${name}`);
    return kept;
  }
}
