import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** An event as it lies in the log. */
export interface LoggedEvent {
  readonly position: number;
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Every event of a log in SQLite, in order. */
export const eventsIn = (folder: string): readonly LoggedEvent[] => {
  const database = new DatabaseSync(join(folder, 'events.db'), { readOnly: true });
  try {
    return database
      .prepare('SELECT position, stream, revision, id, type, data, metadata FROM events ORDER BY position')
      .all()
      .map((row) => ({
        ...(row as unknown as LoggedEvent),
        data: JSON.parse(String(row['data'])) as LoggedEvent['data'],
        metadata: JSON.parse(String(row['metadata'])) as LoggedEvent['metadata'],
      }));
  } finally {
    database.close();
  }
};
