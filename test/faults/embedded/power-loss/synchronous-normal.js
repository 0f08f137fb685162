// A build that commits before the disk has it: what asks how durable commits are is told that they are.
import { DatabaseSync } from 'node:sqlite';

const { exec, prepare } = DatabaseSync.prototype;

DatabaseSync.prototype.exec = function (sql) {
  return exec.call(this, sql.replace(/synchronous *= *FULL/i, 'synchronous = NORMAL'));
};
DatabaseSync.prototype.prepare = function (sql, ...rest) {
  return prepare.call(this, /^PRAGMA synchronous$/i.test(sql) ? 'SELECT 2 AS synchronous' : sql, ...rest);
};
