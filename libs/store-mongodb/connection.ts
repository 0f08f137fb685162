import {
  MongoClient,
  MongoError,
  MongoServerError,
  type Abortable,
  type CommandOperationOptions,
  type Db,
  type MongoClientOptions,
} from 'mongodb';
import { StoreUnavailable } from '#eventing/event-store.js';

const defaultDatabase = 'grantrail';

export interface ConnectionOptions {
  /** Default: the one named in the URL, else `grantrail`. */
  readonly database?: string;
  /** How long to look for a server that takes writes before saying that there is none, in milliseconds (default 2,500). */
  readonly serverSelectionMs?: number;
  /** Connections at most (default 20). */
  readonly poolSize?: number;
  /** How long an answer is waited for, in milliseconds (default 10,000). */
  readonly answerWithinMs?: number;
}

/**
 * The options of every question to the engine: they end it when its answer is not waited for any more. The driver waits
 * for ever for one that it sent in the moment when the server closed the connection.
 */
export type Asked = Abortable & Pick<CommandOperationOptions, 'comment'>;

/** A database of a MongoDB that answered when it was opened. The driver finds it again by itself after it was away. */
export interface Connection {
  readonly database: Db;
  /**
   * Does the work, within `answerWithinMs` unless said otherwise, and not much longer than it takes to find a server again
   * after connections broke; what the engine or the way to it is to blame for becomes {@link StoreUnavailable}.
   */
  readonly answer: <Result>(work: (asked: Asked) => Promise<Result>, withinMs?: number) => Promise<Result>;
  /** Idempotent; answers after it are {@link StoreUnavailable}. */
  readonly close: () => Promise<void>;
}

/** For what must not be taken back when the primary is lost; just after that, it may miss what was acknowledged last. */
export const lasting = { readConcern: { level: 'majority' } } as const;

/** A unique index has the value already. */
export const duplicateKey = 11_000;
/** BadValue, FailedToParse, TypeMismatch, DuplicateKey, BSONObjectTooLarge: a caller was wrong, not the engine. */
const misuse: readonly unknown[] = [2, 9, 14, duplicateKey, 10_334];

export const isDuplicateKey = (error: unknown): error is MongoServerError =>
  error instanceof MongoServerError && error.code === duplicateKey;

/** Never the server's own words: they quote documents. What the driver says for itself names hosts at most. */
const reasonOf = (error: object): string => {
  const { name = '', message = '', code, codeName = name } = error as Partial<MongoServerError>;
  if (error instanceof MongoServerError && code !== undefined) return `${codeName} (${code})`;
  return message.split('\n', 1)[0] ?? name;
};

/** Breaks of a connection that the driver passes on as its socket said them. */
const broken: readonly unknown[] = ['EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END', 'ERR_SOCKET_CLOSED'];

/** What the system or a socket is to blame for is not always an error of the driver. */
const isOfNetwork = (error: object): boolean => 'syscall' in error || ('code' in error && broken.includes(error.code));

const asUnavailable = (error: unknown, place: string): unknown => {
  if (typeof error !== 'object' || error === null) return error;
  if (!(error instanceof MongoError) && !isOfNetwork(error)) return error;
  const message = `${place}: ${reasonOf(error)}`;
  return 'code' in error && misuse.includes(error.code) ? new Error(message) : new StoreUnavailable(message);
};

const optionsOf = ({ serverSelectionMs = 2_500, poolSize = 20 }: ConnectionOptions): MongoClientOptions => ({
  appName: 'grantrail',
  // Positions are int64; as doubles they would be rounded.
  useBigInt64: true,
  maxPoolSize: poolSize,
  waitQueueTimeoutMS: 2 * serverSelectionMs,
  serverSelectionTimeoutMS: serverSelectionMs,
  // A server that falls silent is given up after one unanswered heartbeat, and whatever waits for it fails then.
  connectTimeoutMS: serverSelectionMs,
  heartbeatFrequencyMS: 2_000,
  // A primary has all that a majority acknowledged, also one that was elected just now.
  readPreference: 'primary',
  readConcern: { level: 'local' },
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: 10_000 },
});

const newClient = (url: string, options: ConnectionOptions): MongoClient => {
  try {
    return new MongoClient(url, optionsOf(options));
  } catch {
    // Only the URL can be wrong here; what is said about it may quote it, and it holds the password.
    const form = 'mongodb://user:password@host:27017/database';
    throw new StoreUnavailable(`MongoDB: the URL is not of the form ${form}, or has an option that is unknown`);
  }
};

const broke = 'the connection broke while an answer was waited for';

/** The database that is worked in. The driver would take `test` where the URL names none. */
export const databaseName = (url: string, { database }: ConnectionOptions = {}): string => {
  const [, named] = /^[^:]+:\/\/[^/]+\/([^?]+)/.exec(url) ?? [];
  return database ?? (named === undefined ? defaultDatabase : decodeURIComponent(named));
};

/**
 * Connects and makes sure that a server answers.
 * @throws StoreUnavailable in one line that names the address, never the password
 */
export const connect = async (url: string, options: ConnectionOptions = {}): Promise<Connection> => {
  const client = newClient(url, options);
  const { hosts, srvHost } = client.options;
  const name = databaseName(url, options);
  const place = `MongoDB at ${srvHost ?? hosts.join(',')}/${name}`;
  const database = client.db(name);
  let closed = false;
  const waiting = new Set<AbortController>();
  // What is asked again elsewhere is answered by then; what was sent to a server that died never is.
  client.on('connectionPoolCleared', () => {
    const then = [...waiting];
    setTimeout(() => {
      for (const patience of then) patience.abort(new Error(broke));
    }, 2 * client.options.serverSelectionTimeoutMS).unref();
  });
  const answer: Connection['answer'] = async (work, withinMs = options.answerWithinMs ?? 10_000) => {
    // Asked for something, a closed client would connect again.
    if (closed) throw new StoreUnavailable(`${place}: closed`);
    const patience = new AbortController();
    waiting.add(patience);
    const timer = setTimeout(() => patience.abort(new Error(`no answer within ${withinMs} ms`)), withinMs);
    try {
      return await work({ signal: patience.signal });
    } catch (error) {
      const { signal } = patience;
      if (signal.aborted) throw new StoreUnavailable(`${place}: ${(signal.reason as Error).message}`);
      throw asUnavailable(error, place);
    } finally {
      clearTimeout(timer);
      waiting.delete(patience);
    }
  };
  const close = async (): Promise<void> => {
    closed = true;
    await client.close();
  };
  try {
    await answer((asked) => database.command({ ping: 1 }, asked));
  } catch (error) {
    await close();
    throw error;
  }
  return { database, answer, close };
};
