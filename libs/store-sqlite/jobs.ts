import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { JobChange, JobTable } from '#eventing/job-table.js';
import { jobsOver } from '#eventing/jobs-over-table.js';
import type { Job, JobAttempt, Jobs } from '#eventing/jobs.js';
import type { JsonObject } from '#eventing/json.js';
import type { Checkpoint } from '#eventing/view-store.js';
import { inTransaction, type FileOptions } from './database.js';
import { openPrivateFile, type PrivateFile } from './private-file.js';

/** `at`: of a waiting job when it is due, of others when they came to be so. */
const schema = [
  `CREATE TABLE job (
     seq INTEGER PRIMARY KEY, queue TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL,
     state TEXT NOT NULL DEFAULT 'waiting', attempt INTEGER NOT NULL DEFAULT 1, at INTEGER NOT NULL, error TEXT,
     UNIQUE (queue, id)
   ) STRICT;
   CREATE INDEX job_by_state ON job (queue, state, at);
   CREATE INDEX job_done ON job (at) WHERE state = 'done'`,
  `CREATE TABLE memory (id TEXT NOT NULL) STRICT;
   INSERT INTO memory VALUES (lower(hex(randomblob(16))));
   CREATE TABLE checkpoint (name TEXT PRIMARY KEY, position INTEGER NOT NULL, recorded_at TEXT NOT NULL) STRICT`,
];

const withBigInts = (statement: StatementSync): StatementSync => {
  statement.setReadBigInts(true);
  return statement;
};

const statementsOf = (database: DatabaseSync) => ({
  enqueue: database.prepare(
    'INSERT INTO job (queue, id, payload, at) VALUES (:queue, :id, :payload, :due) ON CONFLICT DO NOTHING',
  ),
  done: database.prepare(
    "UPDATE job SET state = 'done', at = :at, payload = '{}' WHERE queue = :queue AND id = :id AND state = 'waiting'",
  ),
  retry: database.prepare(
    "UPDATE job SET attempt = :attempt, at = :due WHERE queue = :queue AND id = :id AND state = 'waiting'",
  ),
  fail: database.prepare(
    "UPDATE job SET state = 'failed', at = :at, error = :error WHERE queue = :queue AND id = :id AND state = 'waiting'",
  ),
  prune: database.prepare("DELETE FROM job WHERE state = 'done' AND at < :doneBefore"),
  due: database.prepare(
    `SELECT id, payload, attempt FROM job WHERE queue = ? AND state = 'waiting' AND at <= ? ORDER BY at, seq LIMIT ?`,
  ),
  nextDue: database.prepare("SELECT min(at) AS at FROM job WHERE queue = ? AND state = 'waiting' AND at > ?"),
  drop: database.prepare(
    "DELETE FROM job WHERE queue = :queue AND state IN ('waiting', 'failed') AND payload ->> :path = :value",
  ),
  counts: database.prepare(
    "SELECT state, count(*) AS jobs FROM job WHERE queue = ? AND state IN ('waiting', 'failed') GROUP BY state",
  ),
  checkpoint: withBigInts(
    database.prepare(
      `SELECT memory.id AS memory, coalesce(position, 0) AS position, coalesce(recorded_at, '') AS recordedAt
       FROM memory LEFT JOIN checkpoint ON name = ?`,
    ),
  ),
  advance: database.prepare(
    `INSERT INTO checkpoint VALUES (:name, :position, :recordedAt)
     ON CONFLICT DO UPDATE SET position = excluded.position, recorded_at = excluded.recorded_at`,
  ),
  failed: database.prepare("SELECT id, payload, error FROM job WHERE queue = ? AND state = 'failed' ORDER BY at, seq"),
});

interface JobRow {
  readonly id: string;
  readonly payload: string;
  readonly attempt: number;
  readonly error: string;
}
const jobOf = (queue: string, row: JobRow): Job => ({
  id: row.id,
  queue,
  payload: JSON.parse(row.payload) as JsonObject,
});

/**
 * A transaction that does not wait for the disk. A power cut may take it, and with it all that came after: a checkpoint that is lost
 * together with the jobs behind it makes them again. The next one that does wait takes along what came before.
 */
const withoutWaiting = <Result>(database: DatabaseSync, work: () => Result): Result => {
  database.exec('PRAGMA synchronous = NORMAL');
  try {
    return inTransaction(database, work);
  } finally {
    database.exec('PRAGMA synchronous = FULL');
  }
};

const tableOf = ({ database, run }: PrivateFile): JobTable => {
  const statements = statementsOf(database);
  const apply = ({ change, ...values }: JobChange): void => {
    statements[change].run(values);
  };
  const checkpoint = (name: string): Checkpoint => ({
    ...(statements.checkpoint.get(name) as unknown as Required<Checkpoint>),
  });
  return {
    write: (changes) =>
      run(() => {
        const transaction = changes.every(({ change }) => change === 'enqueue') ? withoutWaiting : inTransaction;
        transaction(database, () => changes.forEach(apply));
      }),
    due: (queue, now, limit) =>
      run(() =>
        (statements.due.all(queue, now, limit) as unknown as JobRow[]).map((row): JobAttempt => ({
          ...jobOf(queue, row),
          attempt: row.attempt,
        })),
      ),
    nextDue: (queue, now) =>
      run(() => (statements.nextDue.get(queue, now)?.['at'] as number | null | undefined) ?? undefined),
    drop: (queue, field, value) =>
      run(() => Number(statements.drop.run({ queue, path: `$.${JSON.stringify(field)}`, value }).changes)),
    counts: (queue) =>
      run(() => {
        const counted = new Map(statements.counts.all(queue).map((row) => [row['state'], Number(row['jobs'])]));
        return { waiting: counted.get('waiting') ?? 0, failed: counted.get('failed') ?? 0 };
      }),
    failed: (queue) =>
      run(() =>
        (statements.failed.all(queue) as unknown as JobRow[]).map((row) => ({
          ...jobOf(queue, row),
          error: row.error,
        })),
      ),
    checkpoint: (name) => run(() => checkpoint(name)),
    advance: (name, from, { position, recordedAt }) =>
      run(() =>
        withoutWaiting(database, () => {
          const stands = checkpoint(name);
          if (from.memory !== stands.memory || from.position !== stands.position) return false;
          statements.advance.run({ name, position, recordedAt });
          return true;
        }),
      ),
    close: () => run(() => database.close()),
  };
};

/**
 * Jobs in a file of their own. This process alone owns the file: a job in work when it died is waiting at the next open.
 * @param now the clock (epoch ms)
 * @throws StoreUnavailable when the file can't be opened
 */
export const sqliteJobs = (
  path: string,
  { now = Date.now, ...options }: FileOptions & { readonly now?: () => number } = {},
): Jobs => jobsOver(tableOf(openPrivateFile(path, schema, options)), now);
