import { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable, type EventMetadata, type RecordedEvent } from '#eventing/event-store.js';
import type { JsonObject } from '#eventing/json.js';
import { messageOf } from './database.js';

/** Step n lifts schema n to n + 1; a shipped step is never changed. */
export const eventSchema: readonly string[] = [
  `CREATE TABLE events (
     position INTEGER PRIMARY KEY,
     stream TEXT NOT NULL,
     revision INTEGER NOT NULL,
     id TEXT NOT NULL,
     type TEXT NOT NULL,
     data TEXT NOT NULL,
     metadata TEXT NOT NULL,
     recorded_at TEXT NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX events_by_stream ON events (stream, revision)`,
];

/** A row of the table, in the order of its columns' use. */
export interface EventRow {
  readonly position: bigint;
  readonly stream: string;
  readonly revision: bigint;
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
  readonly recordedAt: string;
}

export const eventOf = ({
  position,
  stream,
  revision,
  id,
  type,
  data,
  metadata,
  recordedAt,
}: EventRow): RecordedEvent => ({
  position,
  stream,
  revision,
  id,
  type,
  data: JSON.parse(data) as JsonObject,
  metadata: JSON.parse(metadata) as EventMetadata,
  recordedAt,
});

/** Reads of committed events. Each reads a bounded run within one turn, so that no snapshot is held open. */
export interface EventReader {
  /** Events with after < position ≤ upTo. */
  readonly log: (after: bigint, upTo: bigint, limit: number) => readonly RecordedEvent[];
  /** A stream's events from a revision on, with position ≤ upTo. */
  readonly stream: (stream: string, from: bigint, upTo: bigint, limit: number) => readonly RecordedEvent[];
  readonly close: () => void;
}

const columns = 'position, revision, id, type, data, metadata, recorded_at';
const maxRunCharacters = 4 * 1024 * 1024;
/** Read one by one, rows would take half as long again; read all at once, large ones too much memory. */
const readTogether = 100;

type Values = readonly [bigint, bigint, string, string, string, string, string, stream?: string];

/** The rows as far as a run takes them. Parsed while they are read, they would take a third longer. */
const boundedRun = (limit: number, after: (last: Values | undefined, limit: number) => unknown): readonly Values[] => {
  const run: Values[] = [];
  let characters = 0;
  while (run.length < limit) {
    const together = Math.min(limit - run.length, readTogether);
    const rows = after(run.at(-1), together) as readonly Values[];
    for (const values of rows) {
      run.push(values);
      characters += values[4].length + values[5].length;
      if (characters >= maxRunCharacters) return run;
    }
    if (rows.length < together) return run;
  }
  return run;
};

/** A row that names no stream is of the one given. */
const eventIn =
  (ofStream = '') =>
  ([position, revision, id, type, data, metadata, recordedAt, stream = ofStream]: Values): RecordedEvent =>
    eventOf({ position, stream, revision, id, type, data, metadata, recordedAt });

/**
 * Opens a connection of its own for reading, which sees only what is committed.
 * @throws StoreUnavailable also from each read that fails
 */
export const eventReader = (path: string, onFault: (fault: Error) => void): EventReader => {
  const attempt = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      const fault = new StoreUnavailable(`${path} can't be read: ${messageOf(error)}`, { cause: error });
      onFault(fault);
      throw fault;
    }
  };
  const database = attempt(() => new DatabaseSync(path, { readOnly: true, readBigInts: true }));
  const log = attempt(() =>
    database.prepare(
      `SELECT ${columns}, stream FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?`,
    ),
  );
  const stream = attempt(() =>
    database.prepare(
      `SELECT ${columns} FROM events WHERE stream = ? AND revision > ? AND position <= ? ORDER BY revision LIMIT ?`,
    ),
  );
  for (const statement of [log, stream]) statement.setReturnArrays(true);
  return {
    log: (after, upTo, limit) =>
      attempt(() => boundedRun(limit, (last, next) => log.all(last?.[0] ?? after, upTo, next)).map(eventIn())),
    stream: (name, from, upTo, limit) =>
      attempt(() =>
        boundedRun(limit, (last, next) => stream.all(name, last?.[1] ?? from - 1n, upTo, next)).map(eventIn(name)),
      ),
    close: () => database.close(),
  };
};
