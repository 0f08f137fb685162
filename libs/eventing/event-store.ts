import type { JsonObject } from './json.js';

/** A flat map of strings that travels beside the data of every event. See {@link metadataOf} for the fields in use. */
export type EventMetadata = Readonly<Record<string, string>>;

/** An event about to be appended. `id` is `evt_` and 128 bits in base32 (see ids.ts). */
export interface NewEvent {
  readonly id: string;
  readonly type: string;
  readonly data: JsonObject;
  readonly metadata: EventMetadata;
}

/** An event in the log. */
export interface RecordedEvent extends NewEvent {
  readonly stream: string;
  /** Its number in the stream, from 0. */
  readonly revision: bigint;
  /** Its place in the whole log, above 0, ascending, with gaps where an engine leaves them. */
  readonly position: bigint;
  /** When it was recorded (RFC 3339, UTC, milliseconds): the migrated time if it has one, else the store's own. */
  readonly recordedAt: string;
}

/** The revision a stream must be at for an append to succeed. There is no "any". */
export type ExpectedRevision = bigint | 'no-stream';

/** Where the last event of an append stands. */
export interface Appended {
  readonly revision: bigint;
  readonly position: bigint;
}

/** A run of events in log order. Whoever has handled it may continue `after` its `position`. */
export interface FollowBatch {
  readonly events: readonly RecordedEvent[];
  /** At or after the last event's position, never decreasing; moves on also where nothing of ours was found. */
  readonly position: bigint;
  /** Whether the follower had reached the head of the log with this batch. */
  readonly live: boolean;
}

export interface FollowOptions {
  /** Events with a greater position are given. */
  readonly after: bigint;
  /** Ends the iteration without an error. */
  readonly signal: AbortSignal;
  /** At most so many events in a batch (default 500). */
  readonly batchSize?: number;
}

/** The log: the only truth. Every adapter passes `eventStoreContract` whole. */
export interface EventStore {
  /**
   * Appends all events or none; resolves once they are durable.
   * The same ids at the same expected revision give the original answer again, also after later appends and for a prefix.
   * Appends of one stream issued in order in this process are decided in that order.
   * @throws RevisionConflict when the stream is at another revision
   * @throws AppendTooLarge beyond 1,000 events or 512 KiB
   * @throws OutcomeUnknown when the connection broke: repeat with the same ids and revision
   * @throws StoreUnavailable when nothing was written; StoreReadOnly when nothing will be
   */
  append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended>;
  /** The stream's events from a revision on (default 0), ascending; nothing when there is no such stream. Reads what is committed. */
  readStream(stream: string, from?: bigint): AsyncIterable<RecordedEvent>;
  /** All committed events after a position, each once and in order, past ones first, then live ones until the signal. Slow consumers are waited for. */
  follow(options: FollowOptions): AsyncIterable<FollowBatch>;
  /** The position of the last committed event, 0 when there is none. */
  head(): Promise<bigint>;
  /** Answers what is in flight, ends the followers and lets go of the engine. */
  close(): Promise<void>;
}

/** An append holds at most this much; what is larger is for a reactor to continue. */
export const appendLimits = { events: 1_000, bytes: 512 * 1024 } as const;

export class RevisionConflict extends Error {
  override readonly name = 'RevisionConflict';
  constructor(
    readonly stream: string,
    readonly expected: ExpectedRevision,
    readonly actual: ExpectedRevision,
  ) {
    super(`${stream} is at ${actual}, not at ${expected}`);
  }
}

export class AppendTooLarge extends Error {
  override readonly name = 'AppendTooLarge';
}

/** The engine can't be used now; nothing was written. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** The engine takes no more writes until it is opened anew; reads go on. */
export class StoreReadOnly extends StoreUnavailable {}

/** The engine did not answer: the append may or may not have happened. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}
