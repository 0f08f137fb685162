import { statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SqlThread } from './sql-thread.js';
import type { Connection, SqlRow, SqlValues } from './view-store-connection.js';
import type { Query } from './view-store-queries.js';
import { forgottenTables } from './view-store-registry.js';

/** A statement over the whole of a table with fewer rows takes some milliseconds at most. */
export const defaultLargeFrom = 10_000;
const readers = 2;
/** The write-ahead log is moved into the file whenever it has grown by this much, */
const walBytes = 10 * 1024 * 1024;
/** and begun anew, with nobody writing, when it has come to this. */
const mostWalBytes = 64 * 1024 * 1024;
/** Commits are many: its size is looked at so long after one. */
const lookAfterMs = 50;

const statement = (sql: string): Query => ({ sql, values: [] });
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Leaves to threads what would keep the event loop: statements over many rows, and moving the write-ahead log into the file. */
export class Upkeep {
  readonly #path: string;
  readonly #connection: Connection;
  readonly #largeFrom: number;
  readonly #readers: readonly SqlThread[];
  readonly #keeper: SqlThread;
  /** What the keeper is at. Nobody else writes meanwhile: to wait for its lock would keep the loop. */
  #busy: Promise<unknown> | undefined;
  #sweeping: Promise<void> | undefined;
  #isMovingWal = false;
  #moveWalFrom = walBytes;
  #looking: NodeJS.Timeout | undefined;
  #isClosing = false;

  /** Tables with `largeFrom` rows or more are left to threads. */
  constructor(path: string, connection: Connection, largeFrom: number) {
    this.#path = path;
    this.#connection = connection;
    this.#largeFrom = largeFrom;
    const reading = { readOnly: true, pragmas: 'PRAGMA cache_size = -16384' };
    this.#readers = Array.from({ length: readers }, () => new SqlThread(path, reading));
    // What an index is sorted in, too.
    const keeping = 'PRAGMA cache_size = -65536; PRAGMA secure_delete = ON';
    this.#keeper = new SqlThread(path, { readOnly: false, pragmas: keeping });
  }

  isLarge(table: string): boolean {
    const last = this.#connection.get(statement(`SELECT max(rowid) AS last FROM ${quoted(table)}`))?.['last'];
    return Number(last ?? 0) >= this.#largeFrom;
  }

  /** Reads what is committed, in a thread. @throws StoreUnavailable */
  async read(query: Query): Promise<SqlValues[]> {
    const idlest = this.#readers.reduce((one, other) => (other.load < one.load ? other : one));
    return this.#connection.translated(idlest.all(query));
  }

  /** Does work that writes as soon as no thread does. */
  async write<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#busy !== undefined) await this.#busy;
    return work();
  }

  /** Changes a table as a whole: in a thread if it is large. @throws StoreUnavailable */
  async change(table: string, sql: string): Promise<void> {
    if (this.isLarge(table)) await this.#inThread(sql);
    else await this.write(() => this.#connection.answer(() => this.#connection.exec(sql)));
  }

  /** Drops the tables of forgotten generations, also those that a crash had left: small ones now, large ones soon. */
  sweep(): void {
    const left = forgottenTables(this.#connection);
    const large = left.filter((table) => this.isLarge(table));
    for (const table of left)
      if (!large.includes(table)) this.#connection.exec(`DROP TABLE IF EXISTS ${quoted(table)}`);
    if (large.length > 0) this.#sweeping ??= this.#sweepLarge().finally(() => (this.#sweeping = undefined));
  }

  /** To be told of commits. */
  committed(): void {
    this.#looking ??= setTimeout(() => {
      this.#looking = undefined;
      this.#moveWalIfLarge();
    }, lookAfterMs).unref();
  }

  /** Ends the threads; what is yet to be dropped is left to the next start. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#looking);
    await this.#sweeping;
    while (this.#busy !== undefined) await this.#busy;
    await Promise.all([...this.#readers, this.#keeper].map((thread) => thread.close()));
  }

  #moveWalIfLarge(): void {
    if (this.#isMovingWal || this.#isClosing || this.#walSize() < this.#moveWalFrom) return;
    this.#isMovingWal = true;
    const over = (): void => {
      // With somebody reading it stays as large as it is.
      this.#moveWalFrom = this.#walSize() + walBytes;
      this.#isMovingWal = false;
    };
    const moved =
      this.#walSize() < mostWalBytes
        ? this.#keeper.all(statement('PRAGMA wal_checkpoint(PASSIVE)'))
        : this.#inThread('PRAGMA wal_checkpoint(TRUNCATE)');
    moved.then(over, over);
  }

  #walSize(): number {
    return statSync(`${this.#path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }

  async #inThread(sql: string): Promise<void> {
    await this.write(() => {
      const over = (): void => {
        this.#busy = undefined;
      };
      const done = this.#connection
        .answer(() => this.#connection.flush())
        .then(() => this.#connection.translated(this.#keeper.all(statement(sql))));
      this.#busy = done.then(over, over);
      return done;
    });
  }

  /** Index by index, so that views are written in between. */
  async #sweepLarge(): Promise<void> {
    const indexesOf = (table: string): SqlRow[] =>
      this.#connection.all({
        sql: `SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL`,
        values: [table],
      });
    try {
      for (const table of forgottenTables(this.#connection)) {
        const indexes = indexesOf(table).map(({ name }) => `DROP INDEX IF EXISTS ${quoted(String(name))}`);
        for (const sql of [...indexes, `DROP TABLE IF EXISTS ${quoted(table)}`]) {
          if (this.#isClosing) return;
          await this.#inThread(sql);
          await nextTurn();
        }
      }
    } catch {
      // What is left is swept at the next start, or when something else is dropped.
    }
  }
}
