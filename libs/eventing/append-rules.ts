import {
  appendLimits,
  AppendTooLarge,
  RevisionConflict,
  type Appended,
  type EventMetadata,
  type ExpectedRevision,
  type NewEvent,
} from './event-store.js';

/** The revision of a stream without events, for counting. */
export const noRevision = -1n;

/** An event as it is written: data and metadata as JSON text, which the caller can't change any more. */
export interface WrittenEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
  /** The migrated time, if the event brings one. */
  readonly migratedAt: string | undefined;
  readonly bytes: number;
}

/**
 * The migrated time that an event brings in its metadata.
 * @throws TypeError when it is not a time
 */
export const migratedAtOf = (metadata: EventMetadata): string | undefined => {
  const text = metadata['recordedAt'];
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new TypeError(`recordedAt in the metadata is not a time: ${text}`);
  return time.toISOString();
};

const written = (event: NewEvent): WrittenEvent => {
  const { id, type } = event;
  const data = JSON.stringify(event.data);
  const metadata = JSON.stringify(event.metadata);
  const bytes = Buffer.byteLength(id) + Buffer.byteLength(type) + Buffer.byteLength(data) + Buffer.byteLength(metadata);
  return { id, type, data, metadata, migratedAt: migratedAtOf(event.metadata), bytes };
};

/**
 * The events of one append as they will be written.
 * @throws AppendTooLarge beyond {@link appendLimits}
 */
export const writtenEvents = (events: readonly NewEvent[]): readonly WrittenEvent[] => {
  if (events.length > appendLimits.events) {
    throw new AppendTooLarge(`${events.length} events in one append, at most ${appendLimits.events} are taken`);
  }
  const ready = events.map(written);
  const bytes = ready.reduce((sum, event) => sum + event.bytes, 0);
  if (bytes > appendLimits.bytes) {
    throw new AppendTooLarge(`${bytes} bytes in one append, at most ${appendLimits.bytes} are taken`);
  }
  return ready;
};

/** When an event is recorded: its migrated time or else the store's own, never before the last one's in the log. */
export const nextRecordedAt = (last: string, migratedAt: string | undefined, now: string): string => {
  const time = migratedAt ?? now;
  return time > last ? time : last;
};

/** An event of a stream that is there, as far as a repeated append must know it. */
export interface RecordedPlace extends Appended {
  readonly id: string;
}

/**
 * Judges an append against the stream: undefined when it is to be written, the original answer when it is a repetition.
 * `places` gives the stream's events from a revision up to another, both included.
 * @throws RevisionConflict
 */
export const judgeAppend = (
  stream: string,
  expected: ExpectedRevision,
  events: readonly { readonly id: string }[],
  head: bigint,
  places: (from: bigint, to: bigint) => readonly RecordedPlace[],
): Appended | undefined => {
  const base = expected === 'no-stream' ? noRevision : expected;
  if (base === head) return undefined;
  const end = base + BigInt(events.length);
  if (events.length > 0 && base < head && end <= head) {
    const there = places(base + 1n, end);
    const last = there.at(-1);
    if (last && there.length === events.length && there.every(({ id }, index) => id === events[index]?.id)) {
      return { revision: last.revision, position: last.position };
    }
  }
  throw new RevisionConflict(stream, expected, head === noRevision ? 'no-stream' : head);
};
