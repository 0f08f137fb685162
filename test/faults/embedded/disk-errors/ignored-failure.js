// A build that takes a commit for done although it failed.
import { DatabaseSync } from 'node:sqlite';

const { exec } = DatabaseSync.prototype;

DatabaseSync.prototype.exec = function (sql) {
  try {
    exec.call(this, sql);
  } catch (error) {
    if (sql !== 'COMMIT') throw error;
    if (this.isTransaction) exec.call(this, 'ROLLBACK');
  }
};
