import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { groupCommit, type GroupCommit } from './group-commit.js';

describe('a group commit', () => {
  let folder: string;
  let database: DatabaseSync;
  let other: DatabaseSync;
  let commits: GroupCommit;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'commits-'));
    const path = join(folder, 'rows.db');
    database = new DatabaseSync(path);
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE row (n INTEGER NOT NULL)');
    other = new DatabaseSync(path, { timeout: 1 });
    commits = groupCommit(database);
  });
  afterEach(() => {
    other.close();
    if (database.isOpen) database.close();
    rmSync(folder, { recursive: true });
  });
  const add = (...rows: readonly (number | null)[]): void =>
    commits.join(rows.length, () => {
      for (const n of rows) database.prepare('INSERT INTO row VALUES (?)').run(n);
    });
  const rowsIn = (of: DatabaseSync): unknown[] =>
    of
      .prepare('SELECT n FROM row ORDER BY n')
      .all()
      .map(({ n }) => n);

  it('makes all of a turn last at once', async () => {
    add(1);
    const first = commits.committed();
    add(2, 3);
    expect([rowsIn(database), rowsIn(other)]).toEqual([[1, 2, 3], []]);
    await Promise.all([first, commits.committed()]);
    expect(rowsIn(other)).toEqual([1, 2, 3]);
  });

  it('goes on with the others when one fails', async () => {
    add(1);
    expect(() => add(null)).toThrow('NOT NULL');
    add(3);
    await commits.committed();
    expect(rowsIn(other)).toEqual([1, 3]);
  });

  it('lasts once it has grown, and soon, though nobody waits', async () => {
    add(...Array.from({ length: 4_000 }, (_, n) => n));
    expect(rowsIn(other)).toHaveLength(4_000);
    add(5_000);
    await expect(
      (async () => {
        while (!rowsIn(other).includes(5_000)) await new Promise((resolve) => setTimeout(resolve, 20));
      })(),
    ).resolves.toBeUndefined();
  });

  it('tells all who wait when it fails, and goes on', async () => {
    other.exec('CREATE TABLE parent (id INTEGER PRIMARY KEY)');
    database.exec(`PRAGMA foreign_keys = ON;
      CREATE TABLE child (parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)`);
    add(1);
    commits.join(1, () => database.exec('INSERT INTO child VALUES (7)'));
    const told = await Promise.allSettled([commits.committed(), commits.committed()]);
    expect(told.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(rowsIn(database)).toEqual([]);
    add(2);
    await commits.committed();
    expect(rowsIn(other)).toEqual([2]);
  });

  it('keeps what was joined when work of its own fails', () => {
    add(1);
    expect(() =>
      commits.alone(() => {
        add(2);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(rowsIn(other)).toEqual([1]);
  });
});
