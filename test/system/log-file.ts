import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** An event as it lies in the log's file. */
export interface FileEvent {
  readonly position: number;
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Every event of a stopped server's log, in order. */
export const eventsIn = (folder: string): readonly FileEvent[] => {
  const database = new DatabaseSync(join(folder, 'events.db'), { readOnly: true });
  try {
    return database
      .prepare('SELECT position, stream, revision, id, type, data, metadata FROM events ORDER BY position')
      .all()
      .map((row) => ({
        ...(row as unknown as FileEvent),
        data: JSON.parse(String(row['data'])) as FileEvent['data'],
        metadata: JSON.parse(String(row['metadata'])) as FileEvent['metadata'],
      }));
  } finally {
    database.close();
  }
};
