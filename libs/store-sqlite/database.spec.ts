import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoreUnavailable } from '#eventing/event-store.js';
import { assertSynchronous, inTransaction, openDatabase, upgradeSchema } from './database.js';
import { sqliteEventStore } from './event-store.js';
import { sqliteViewStore } from './view-store.js';

describe('a database', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'database-'));
    path = join(folder, 'some.db');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it.each([
    ['FULL', 2],
    ['NORMAL', 1],
  ] as const)('runs in WAL mode with synchronous=%s', (synchronous, level) => {
    const database = openDatabase(path, { synchronous });
    expect(database.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' });
    expect(database.prepare('PRAGMA synchronous').get()).toMatchObject({ synchronous: level });
    database.exec('CREATE TABLE t (c)');
    assertSynchronous(database, path, synchronous);
    database.close();
  });

  it('is refused below the durability asked for', () => {
    const database = openDatabase(path, { synchronous: 'NORMAL' });
    expect(() => assertSynchronous(database, path, 'FULL')).toThrow(StoreUnavailable);
    database.close();
  });

  it('is refused where WAL mode does not take effect', () => {
    expect(() => openDatabase(':memory:', { synchronous: 'FULL' })).toThrow('journal mode memory');
  });

  it('is refused when the file is something else', async () => {
    await writeFile(path, 'no database, but long enough to be read as the header of one '.repeat(20));
    expect(() => openDatabase(path, { synchronous: 'FULL' })).toThrow(StoreUnavailable);
    expect(() => openDatabase(join(folder, 'none', 'some.db'), { synchronous: 'FULL' })).toThrow(StoreUnavailable);
  });

  it('is lifted step by step to the newest schema, and refused when it is of a newer one', () => {
    const database = openDatabase(path, { synchronous: 'NORMAL' });
    upgradeSchema(database, path, ['CREATE TABLE one (c)']);
    upgradeSchema(database, path, ['CREATE TABLE one (c)', 'CREATE TABLE two (c)']);
    expect(
      database.prepare("SELECT group_concat(name) AS names FROM sqlite_schema WHERE type = 'table'").get(),
    ).toEqual(expect.objectContaining({ names: 'one,two' }));
    expect(() => upgradeSchema(database, path, ['CREATE TABLE one (c)'])).toThrow('has schema 2');
    database.close();
  });

  it.each([
    ['events', sqliteEventStore],
    ['views', sqliteViewStore],
  ])('is refused in a sentence that names it when what it holds is damaged: %s', async (_, open) => {
    const store = open(path);
    if ('create' in store) await store.create('people', 1, { columns: {}, indexes: [] });
    await store.close();
    const bytes = await readFile(path);
    // What the tables are is on the first page, which stays.
    await writeFile(path, bytes.fill(0xff, 4_096));
    expect(() => open(path)).toThrow(StoreUnavailable);
    expect(() => open(path)).toThrow(`${path} can't be opened: database disk image is malformed`);
  });

  it('takes a whole transaction or nothing of it', () => {
    const database = openDatabase(path, { synchronous: 'NORMAL' });
    database.exec('CREATE TABLE t (c)');
    const failing = (): void =>
      inTransaction(database, () => {
        database.exec('INSERT INTO t VALUES (1)');
        throw new Error('no');
      });
    expect(failing).toThrow('no');
    expect(inTransaction(database, () => database.prepare('SELECT count(*) AS n FROM t').get())).toMatchObject({
      n: 0,
    });
    database.close();
  });
});
