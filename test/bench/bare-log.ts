import { DatabaseSync } from 'node:sqlite';
import type { EventStore, RecordedEvent } from '#eventing/event-store.js';

/** What the product is held against: a bare table with a unique index, the same bytes, so many events to a transaction and an fsync. */
export const openBareLog = (
  path: string,
): { readonly write: (events: readonly RecordedEvent[], together: number) => void; readonly close: () => void } => {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE events (position INTEGER PRIMARY KEY, stream TEXT NOT NULL, revision INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL,
      data TEXT NOT NULL, metadata TEXT NOT NULL, recorded_at TEXT NOT NULL) STRICT;
    CREATE UNIQUE INDEX by_stream ON events (stream, revision)`);
  const insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  return {
    write: (events, together) => {
      for (let from = 0; from < events.length; from += together) {
        database.exec('BEGIN IMMEDIATE');
        for (const { position, stream, revision, id, type, data, metadata, recordedAt } of events.slice(
          from,
          from + together,
        ))
          insert.run(position, stream, revision, id, type, JSON.stringify(data), JSON.stringify(metadata), recordedAt);
        database.exec('COMMIT');
      }
    },
    close: () => database.close(),
  };
};

/** What was written after a position, up to the head. */
export const eventsAfter = async (log: EventStore, position: bigint): Promise<readonly RecordedEvent[]> => {
  const head = await log.head();
  const events: RecordedEvent[] = [];
  if (position === head) return events;
  const enough = new AbortController();
  for await (const batch of log.follow({ after: position, signal: enough.signal })) {
    events.push(...batch.events);
    if (batch.position >= head) enough.abort();
  }
  return events;
};
