import type { DatabaseSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import {
  judgeAppend,
  nextRecordedAt,
  noRevision,
  type RecordedPlace,
  type WrittenEvent,
} from '#eventing/append-rules.js';
import {
  OutcomeUnknown,
  RevisionConflict,
  StoreReadOnly,
  StoreUnavailable,
  type Appended,
  type ExpectedRevision,
} from '#eventing/event-store.js';
import { assertSynchronous, messageOf } from './database.js';
import type { EventRow } from './event-store-rows.js';

/** An append that waits for its turn. */
export interface WaitingAppend {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly WrittenEvent[];
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: Error) => void;
}

export interface EventWriter {
  /** The position of the last committed event. */
  readonly head: () => bigint;
  /** Writes waiting appends in one transaction with one fsync and answers each of them; gives what is now in the log. */
  readonly write: (group: readonly WaitingAppend[]) => readonly EventRow[];
  /** Why nothing is written any more, undefined while all is well. */
  readonly failure: () => string | undefined;
}

type Answer = () => void;

/** The file could not be read; that says nothing against what is written to it. */
class ReadingFailed extends Error {}

const reading = <Result>(read: () => Result): Result => {
  try {
    return read();
  } catch (error) {
    throw new ReadingFailed(messageOf(error), { cause: error });
  }
};

const headsKept = 50_000;

/**
 * The one writer of a log, on a connection of its own. It stops for good at the first failed write or commit:
 * after a failed fsync only a restart, which recovers from the file, tells what is there.
 */
export const eventWriter = (
  database: DatabaseSync,
  path: string,
  clock: () => Date,
  onFault: (fault: Error) => void,
): EventWriter => {
  const prepare = (sql: string): ReturnType<DatabaseSync['prepare']> => {
    const statement = database.prepare(sql);
    statement.setReadBigInts(true);
    return statement;
  };
  const insert = prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const lastOfStream = prepare('SELECT revision FROM events WHERE stream = ? ORDER BY revision DESC LIMIT 1');
  const placesOfStream = prepare(
    'SELECT id, revision, position FROM events WHERE stream = ? AND revision BETWEEN ? AND ? ORDER BY revision',
  );
  const lastOfLog = prepare('SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1').get();

  const heads = new LRUCache<string, bigint>({ max: headsKept });
  let head = (lastOfLog?.['position'] ?? 0n) as bigint;
  let recordedAt = (lastOfLog?.['recorded_at'] ?? '') as string;
  let isDurabilityChecked = false;
  let failure: string | undefined;

  const headOf = (stream: string): bigint => {
    const known = heads.get(stream);
    if (known !== undefined) return known;
    const revision = (reading(() => lastOfStream.get(stream))?.['revision'] ?? noRevision) as bigint;
    heads.set(stream, revision);
    return revision;
  };
  const placesOf = (stream: string, from: bigint, to: bigint): readonly RecordedPlace[] =>
    reading(() => placesOfStream.all(stream, from, to)) as unknown as RecordedPlace[];

  const insertEvents = ({ stream, events }: WaitingAppend, revision: bigint, rows: EventRow[]): Appended => {
    let last = revision;
    const now = clock().toISOString();
    for (const { id, type, data, metadata, migratedAt } of events) {
      last += 1n;
      recordedAt = nextRecordedAt(recordedAt, migratedAt, now);
      const position = (rows.at(-1)?.position ?? head) + 1n;
      insert.run(position, stream, last, id, type, data, metadata, recordedAt);
      rows.push({ position, stream, revision: last, id, type, data, metadata, recordedAt });
    }
    heads.set(stream, last);
    return { revision: last, position: rows.at(-1)?.position ?? head };
  };

  /** Decides one append within the open transaction, adding what it wrote to the rows. */
  const decide = (append: WaitingAppend, rows: EventRow[]): Answer => {
    const { stream, expected, events, resolve, reject } = append;
    try {
      const revision = headOf(stream);
      const earlier = judgeAppend(stream, expected, events, revision, (from, to) => placesOf(stream, from, to));
      const appended = earlier ?? insertEvents(append, revision, rows);
      return () => resolve(appended);
    } catch (error) {
      if (error instanceof RevisionConflict) return () => reject(error);
      throw error;
    }
  };

  const isTakenBack = (): boolean => {
    try {
      if (database.isTransaction) database.exec('ROLLBACK');
      return true;
    } catch {
      // Whatever it was: what is in the file nobody knows.
      return false;
    }
  };

  /** Nothing was written, so that the next group may be. */
  const refuse = (group: readonly WaitingAppend[], error: unknown): void => {
    heads.clear();
    const fault = new StoreUnavailable(`${path} could not take events: ${messageOf(error)}`, { cause: error });
    for (const append of group) append.reject(fault);
    onFault(fault);
  };

  const stop = (group: readonly WaitingAppend[], error: unknown, isCommitting: boolean): void => {
    failure = `${path} took no more events after a failed write: ${messageOf(error)}; restart once the disk takes writes`;
    const Failed = isCommitting ? OutcomeUnknown : StoreReadOnly;
    for (const append of group) append.reject(new Failed(failure, { cause: error }));
    onFault(new StoreReadOnly(failure, { cause: error }));
    heads.clear();
    // Closing rolls back what is open; nothing can be written through this connection again.
    database.close();
  };

  return {
    head: () => head,
    failure: () => failure,
    write: (group) => {
      if (failure !== undefined) {
        for (const append of group) append.reject(new StoreReadOnly(failure));
        return [];
      }
      try {
        database.exec('BEGIN IMMEDIATE');
      } catch (error) {
        refuse(group, error);
        return [];
      }
      const rows: EventRow[] = [];
      let isCommitting = false;
      let answers: readonly Answer[];
      try {
        answers = group.map((append) => decide(append, rows));
        isCommitting = true;
        database.exec('COMMIT');
        if (!isDurabilityChecked && rows.length > 0) assertSynchronous(database, path, 'FULL');
        isDurabilityChecked ||= rows.length > 0;
      } catch (error) {
        if (error instanceof ReadingFailed && isTakenBack()) refuse(group, error);
        else stop(group, error, isCommitting);
        return [];
      }
      head = rows.at(-1)?.position ?? head;
      for (const give of answers) give();
      return rows;
    },
  };
};
