// A build that acknowledges before it commits: the commit of rows waits until what follows it has run.
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers';

const { exec, close } = DatabaseSync.prototype;
const waiting = new Set();
const begun = new WeakSet();

const commit = (database) => {
  if (waiting.delete(database)) exec.call(database, 'COMMIT');
};
DatabaseSync.prototype.exec = function (sql) {
  commit(this);
  if (sql === 'COMMIT' && begun.has(this)) {
    waiting.add(this);
    setImmediate(commit, this);
    return;
  }
  exec.call(this, sql);
  // Tables that are made within a transaction are asked for at once.
  if (sql === 'BEGIN IMMEDIATE') begun.add(this);
  else begun.delete(this);
};
DatabaseSync.prototype.close = function () {
  commit(this);
  return close.call(this);
};
