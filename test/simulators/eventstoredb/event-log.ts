import { EventEmitter, once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { decideAppend, type ExpectedRevision, noStream } from './append-rules.js';
import { deletedRevision, EventIndex } from './event-index.js';
import { bodyIn, eventMessage, type NewEvent } from './event-message.js';
import { frameHeadBytes, LogFile } from './log-file.js';
import { type PlacedRecord, recordBytes, recordsIn } from './record.js';
import {
  firstEvent,
  metastreamOf,
  softDeletion,
  stats,
  statsStream,
  tombstone,
  truncation,
  truncationIn,
} from './system-events.js';

export type WriteOutcome =
  | {
      readonly outcome: 'success';
      /** Of the last event. */
      readonly revision: bigint;
      /** Of the last event; the log's end when nothing was appended. */
      readonly position: number;
      /** Resolves when it is on disk and can be read. */
      readonly onDisk: Promise<void>;
    }
  /** -1: the stream has no event. */
  | { readonly outcome: 'wrong-expected-version'; readonly actual: bigint }
  | { readonly outcome: 'deleted' };

interface Batch {
  readonly stream: string;
  readonly events: readonly NewEvent[];
  readonly isTombstone?: boolean;
}

/** All streams in one log on disk. */
export class EventLog {
  readonly index = new EventIndex();
  readonly #file: LogFile;
  readonly #statsEvery: number;
  readonly #growth = new EventEmitter().setMaxListeners(0);
  #readable: number;
  #sinceStats = 0;

  private constructor(folder: string, statsEvery: number) {
    this.#statsEvery = statsEvery;
    mkdirSync(folder, { recursive: true });
    this.#file = LogFile.open(join(folder, 'events.log'), ({ offset, body }) => {
      for (const record of recordsIn(body, offset)) this.#note(record);
    });
    this.#readable = this.index.count;
  }

  /** Puts a `$stats` event into the log after every so many others; 0: never. A new folder gets EventStoreDB's first event. */
  static async open(folder: string, statsEvery = 0): Promise<EventLog> {
    const log = new EventLog(folder, statsEvery);
    if (log.readable === 0) await log.#write([{ stream: firstEvent.stream, events: [firstEvent.event()] }]);
    return log;
  }

  /** How many events can be read: those on disk. */
  get readable(): number {
    return this.#readable;
  }

  /** Decides at once, in the order of calls. */
  append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): WriteOutcome {
    const ids = events.map(({ id }) => id);
    const decided = decideAppend(this.index, stream, expected, ids);
    switch (decided.decision) {
      case 'deleted':
        return { outcome: 'deleted' };
      case 'wrong-expected-version':
        return { outcome: 'wrong-expected-version', actual: decided.actual };
      case 'repeat': {
        const position = this.index.positionOf(decided.lastEvent);
        return { outcome: 'success', revision: decided.revision, position, onDisk: this.#file.settled() };
      }
      case 'append':
        return events.length === 0 ? this.#appendNothing(stream) : this.#append(stream, events);
    }
  }

  /** Hides a stream's events; it goes on at the next revision when it is appended to. */
  softDelete(stream: string, expected: ExpectedRevision): WriteOutcome {
    return this.#delete(stream, expected, { stream: metastreamOf(stream), events: [softDeletion()] });
  }

  /** Ends a stream for ever. */
  tombstone(stream: string, expected: ExpectedRevision): WriteOutcome {
    return this.#delete(stream, expected, { stream, events: [tombstone()], isTombstone: true });
  }

  /** Puts events of the system itself into the log; resolves when they can be read. */
  addStats(count: number): Promise<void> {
    const events = Array.from({ length: count }, (_, n) => stats(n));
    return count === 0 ? Promise.resolve() : this.#write([{ stream: statsStream, events }]);
  }

  /** The `ReadResp` bytes of an event by its number. */
  message(event: number): Buffer {
    const { offset, length } = this.index.messagePlace(event);
    return this.#file.read(offset, length);
  }

  /** Resolves when there is more to read than `readable`. Throws the signal's AbortError. */
  async moreThan(readable: number, signal: AbortSignal): Promise<void> {
    while (this.#readable <= readable) await once(this.#growth, 'grown', { signal });
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #appendNothing(stream: string): WriteOutcome {
    const revision = this.index.stream(stream)?.revision ?? noStream;
    return { outcome: 'success', revision, position: this.#file.end, onDisk: this.#file.settled() };
  }

  #append(stream: string, events: readonly NewEvent[]): WriteOutcome {
    const before = this.index.stream(stream);
    const batches: Batch[] = [{ stream, events }];
    // An append to a soft-deleted stream brings it back, from there on.
    if (before?.isSoftDeleted)
      batches.push({ stream: metastreamOf(stream), events: [truncation(before.revision + 1n)] });
    const onDisk = this.#write(batches);
    const { revision, events: numbers } = this.index.stream(stream)!;
    this.#sinceStats += events.length;
    if (this.#statsEvery > 0 && this.#sinceStats >= this.#statsEvery) {
      this.#sinceStats = 0;
      void this.addStats(1);
    }
    return { outcome: 'success', revision, position: this.index.positionOf(numbers.at(-1)!), onDisk };
  }

  #delete(stream: string, expected: ExpectedRevision, batch: Batch): WriteOutcome {
    const decided = decideAppend(
      this.index,
      stream,
      expected,
      batch.events.map(({ id }) => id),
    );
    if (decided.decision === 'deleted') return { outcome: 'deleted' };
    if (decided.decision !== 'append') {
      return { outcome: 'wrong-expected-version', actual: this.index.stream(stream)?.revision ?? noStream };
    }
    const onDisk = this.#write([batch]);
    const position = this.index.positionOf(this.index.count - 1);
    return { outcome: 'success', revision: this.index.stream(stream)?.revision ?? noStream, position, onDisk };
  }

  /** One frame: it is on disk as a whole or not at all. */
  #write(batches: readonly Batch[]): Promise<void> {
    const parts: Buffer[] = [];
    const createdMs = Date.now();
    let position = this.#file.end + frameHeadBytes;
    for (const { stream, events, isTombstone = false } of batches) {
      for (const event of events) {
        const revision = isTombstone ? deletedRevision : (this.index.stream(stream)?.revision ?? noStream) + 1n;
        const message = eventMessage({ ...event, stream, revision, position, createdMs });
        const record = { stream, type: event.type, id: event.id, isTombstone, message };
        const bytes = recordBytes(record);
        this.#note({ ...record, offset: position });
        parts.push(bytes);
        position += bytes.length;
      }
    }
    const count = this.index.count;
    return this.#file.append(parts).then(() => {
      this.#readable = count;
      this.#growth.emit('grown');
    });
  }

  #note(record: PlacedRecord): void {
    this.index.add(record);
    const cut = truncationIn(record.stream, record.type, () => bodyIn(record.message));
    if (cut !== undefined) this.index.truncate(cut.stream, cut.before);
  }
}
