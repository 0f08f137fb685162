import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

// The whole of a thread of sql-thread.ts: it imports nothing of ours, so that it runs as a source and as it is built.
interface Asked {
  readonly id: number;
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}
interface Fault {
  readonly code?: string;
  readonly errcode?: number;
  readonly message: string;
}

const mostPrepared = 200;
const { path, readOnly, pragmas } = workerData as { path: string; readOnly: boolean; pragmas: string };
const statements = new Map<string, StatementSync>();
let database: DatabaseSync | undefined;

const opened = (): DatabaseSync => {
  if (database !== undefined) return database;
  database = new DatabaseSync(path, { readOnly, timeout: 100 });
  database.exec(pragmas);
  return database;
};

const prepared = (sql: string): StatementSync => {
  const known = statements.get(sql);
  if (known !== undefined) return known;
  if (statements.size >= mostPrepared) statements.clear();
  const statement = opened().prepare(sql);
  statement.setReadBigInts(true);
  // Without the names of columns they are sent in half the time.
  statement.setReturnArrays(true);
  statements.set(sql, statement);
  return statement;
};

parentPort?.on('message', ({ id, sql, values }: Asked) => {
  try {
    parentPort?.postMessage({ id, rows: prepared(sql).all(...values) });
  } catch (error) {
    const { code, errcode, message } = error as Fault;
    parentPort?.postMessage({ id, fault: { code, errcode, message } });
  }
});
