import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DatabaseSync } from 'node:sqlite';
import { writtenEvents } from '#eventing/append-rules.js';
import { StoreReadOnly, StoreUnavailable, type EventStore } from '#eventing/event-store.js';
import { commitBell, followLog, type LocalLog } from '#eventing/follow-log.js';
import { sharedRuns } from '#eventing/shared-runs.js';
import { notOpened, openDatabase, upgradeSchema, type FileOptions } from './database.js';
import { eventReader, eventSchema, type EventReader } from './event-store-rows.js';
import { logTail } from './event-store-tail.js';
import { eventWriter, type EventWriter, type WaitingAppend } from './event-store-writer.js';

const tailLimits = { events: 10_000, bytes: 16 * 1024 * 1024 };
const groupLimits = { appends: 1_000, bytes: 8 * 1024 * 1024 };
const runLength = 500;

const bytesOf = ({ events }: WaitingAppend): number => events.reduce((sum, { bytes }) => sum + bytes, 0);

/** Takes the next group from the front of the queue: at least one append. */
const takeGroup = (queue: WaitingAppend[]): WaitingAppend[] => {
  let bytes = 0;
  const end = queue.findIndex((append, index) => {
    bytes += bytesOf(append);
    return index > 0 && (index >= groupLimits.appends || bytes > groupLimits.bytes);
  });
  return queue.splice(0, end === -1 ? queue.length : end);
};

const openLog = (
  path: string,
  clock: () => Date,
  onFault: (fault: Error) => void,
): { readonly database: DatabaseSync; readonly reader: EventReader; readonly writer: EventWriter } => {
  const database = openDatabase(path, { synchronous: 'FULL' });
  try {
    // 8 and 16 MiB: every commit writes the ends of a table and an index again, which is moved into the file once.
    database.exec('PRAGMA wal_autocheckpoint = 2000; PRAGMA cache_size = -16384');
    upgradeSchema(database, path, eventSchema);
    return { database, writer: eventWriter(database, path, clock, onFault), reader: eventReader(path, onFault) };
  } catch (error) {
    database.close();
    throw notOpened(path, error);
  }
};

/**
 * The log in one SQLite file, owned by one process. Waiting appends share a transaction and an fsync (group commit).
 * After a failed write it stops taking appends and goes on reading.
 * @throws StoreUnavailable when the file can't be opened, is of a newer schema, or would not be durable
 */
export const sqliteEventStore = (
  path: string,
  { clock = () => new Date(), onFault = () => undefined }: FileOptions & { readonly clock?: () => Date } = {},
): EventStore => {
  const { database, reader, writer } = openLog(path, clock, onFault);
  const bell = commitBell();
  const tail = logTail(writer.head(), tailLimits);
  const queue: WaitingAppend[] = [];
  let isClosed = false;

  const writeGroup = (): void => {
    const rows = writer.write(takeGroup(queue));
    for (const row of rows) tail.add(row);
    if (rows.length > 0) bell.ring();
  };
  const drain = (): void => {
    if (queue.length > 0) writeGroup();
    if (queue.length > 0) setImmediate(drain);
  };
  const requireOpen = (): void => {
    if (isClosed) throw new StoreUnavailable(`${path} is closed`);
  };
  const readRun = sharedRuns((after, limit) => reader.log(after, writer.head(), limit));
  const log: LocalLog = {
    read: (after, limit) => tail.after(after, limit) ?? readRun(after, limit),
    head: writer.head,
    isClosed: () => isClosed,
    bell,
  };

  return {
    append: (stream, expected, events) =>
      new Promise((resolve, reject) => {
        requireOpen();
        const failure = writer.failure();
        if (failure !== undefined) throw new StoreReadOnly(failure);
        const waiting = { stream, expected, events: writtenEvents(events), resolve, reject };
        // A turn's appends gather before the first of them is written.
        if (queue.push(waiting) === 1) setImmediate(drain);
      }),
    readStream: async function* (stream, from = 0n) {
      const upTo = writer.head();
      let next = from;
      for (;;) {
        requireOpen();
        const events = reader.stream(stream, next, upTo, runLength);
        const last = events.at(-1);
        if (last === undefined) return;
        for (const event of events) yield event;
        next = last.revision + 1n;
        await nextTurn();
      }
    },
    follow: (follow) => followLog(log, follow),
    head: () =>
      new Promise((resolve) => {
        requireOpen();
        resolve(writer.head());
      }),
    close: () => {
      if (isClosed) return Promise.resolve();
      isClosed = true;
      while (queue.length > 0) writeGroup();
      bell.ring();
      reader.close();
      // The last connection to close moves the write-ahead log into the file.
      if (database.isOpen) database.close();
      return Promise.resolve();
    },
  };
};
