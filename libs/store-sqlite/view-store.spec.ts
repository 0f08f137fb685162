import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenViewStore } from '#eventing/contracts/view-store-given.contract.js';
import { viewStoreContract } from '#eventing/contracts/view-store.contract.js';
import { StoreUnavailable } from '#eventing/event-store.js';
import {
  startCheckpoint,
  type Checkpoint,
  type Generation,
  type RowChange,
  type RowQuery,
  type ViewSchema,
  type ViewStore,
} from '#eventing/view-store.js';
import { connect } from './view-store-connection.js';
import { countQuery, listQuery, touchedQuery, type Query } from './view-store-queries.js';
import { rowTable } from './view-store-schema.js';
import { sqliteViewStore } from './view-store.js';

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'views-'));

const inFile = (options?: Parameters<typeof sqliteViewStore>[1]): OpenViewStore => {
  return () => {
    const folder = newFolder();
    const path = join(folder, 'views.db');
    let store = sqliteViewStore(path, options);
    return Promise.resolve({
      store,
      reopen: async () => {
        await store.close();
        store = sqliteViewStore(path, options);
        return store;
      },
      dispose: async () => {
        await store.close();
        rmSync(folder, { recursive: true });
      },
    });
  };
};
viewStoreContract('SQLite', inFile());
viewStoreContract('SQLite with threads', inFile({ largeFrom: 0 }));

const people: ViewSchema = {
  columns: { accountId: 'text', name: 'text', dueAt: 'text', owner: 'text' },
  indexes: [['accountId', 'name'], ['name'], ['dueAt'], ['owner']],
};
const named = (name: string, from: bigint): RowChange => {
  const columns = { accountId: 'a', name, dueAt: null, owner: null };
  return { change: 'open', key: `k${from}`, from, by: 'evt_1', body: { name }, columns, words: [name] };
};

describe('a file of views', () => {
  let folder: string;
  let path: string;
  let store: ViewStore;
  beforeEach(() => {
    folder = newFolder();
    path = join(folder, 'views.db');
    store = sqliteViewStore(path);
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const reopened = async (): Promise<ViewStore> => {
    await store.close();
    store = sqliteViewStore(path);
    return store;
  };
  const everyone: RowQuery = { asOf: 9n, where: [], order: { column: 'name', descending: false }, limit: 9 };

  it('is refused when a newer version wrote it', async () => {
    await store.close();
    const newer = new DatabaseSync(path);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    expect(() => sqliteViewStore(path)).toThrow(/schema 99.*newer version/);
  });

  it('is unavailable when it is no database, and after it was closed', async () => {
    const other = join(folder, 'other.db');
    writeFileSync(other, 'not a database, but long enough to be looked at as one '.repeat(100));
    expect(() => sqliteViewStore(other)).toThrow(StoreUnavailable);
    const generation = await store.create('people', 1, people);
    await store.close();
    await expect(store.checkpoint('people@1')).rejects.toThrow(StoreUnavailable);
    await expect(store.list(generation, everyone)).rejects.toThrow(StoreUnavailable);
    await store.close();
  });

  it('is read while another connection writes', async () => {
    const generation = await store.create('people', 1, people);
    await store.promote(generation);
    await store.write(generation, [named('ann', 1n)]);
    await store.advance('people@1', startCheckpoint, { position: 1n, recordedAt: '' });
    const writer = new DatabaseSync(path);
    writer.exec(`BEGIN IMMEDIATE; DELETE FROM "people@1"`);
    expect(await store.list(generation, everyone)).toHaveLength(1);
    writer.exec('COMMIT');
    writer.close();
    expect(await store.list(generation, everyone)).toEqual([]);
  });

  describe('when a commit fails', () => {
    const at = (position: bigint): Checkpoint => ({ position, recordedAt: '' });
    let generation: Generation;
    beforeEach(async () => {
      generation = await store.promote(await store.create('people', 1, people));
    });
    /** Loses what was done since the last commit. */
    const lose = async (): Promise<void> => {
      const exec = jest.spyOn(DatabaseSync.prototype, 'exec').mockImplementationOnce(() => {
        throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 10 });
      });
      await expect(store.advance('somebody else', startCheckpoint, at(1n))).rejects.toThrow(StoreUnavailable);
      exec.mockRestore();
      expect(await store.checkpoint('somebody else')).toEqual(startCheckpoint);
    };

    it('moves no checkpoint past rows that were lost', async () => {
      await store.write(generation, [named('ann', 1n)]);
      await lose();
      await store.write(generation, [named('bob', 2n)]);
      await expect(store.advance('people@1', startCheckpoint, at(2n))).rejects.toThrow(/people@1 has lost rows/);
      expect(await store.checkpoint('people@1')).toEqual(startCheckpoint);
      await store.write(generation, [named('ann', 1n), named('bob', 2n)]);
      expect(await store.advance('people@1', startCheckpoint, at(2n))).toBe(true);
      expect(await store.list(generation, everyone)).toHaveLength(2);
    });

    it('refuses to move on from a checkpoint that did not last', async () => {
      await store.write(generation, [named('ann', 1n)]);
      expect(await store.advance('people@1', startCheckpoint, at(1n), { lasting: false })).toBe(true);
      await lose();
      expect(await store.advance('people@1', at(1n), at(2n))).toBe(false);
      expect(await store.checkpoint('people@1')).toEqual(startCheckpoint);
    });

    it('makes rows last at once that no checkpoint would bring back', async () => {
      const kept = await store.keep('done', people);
      await store.write(kept, [named('ann', 1n)]);
      await lose();
      expect(await store.list(kept, everyone)).toHaveLength(1);
    });
  });

  it('writes nothing of what it can’t write all of', async () => {
    const generation = await store.create('log', 1, { ...people, appendOnly: true });
    const close: RowChange = { change: 'close', key: 'k1', from: 1n, until: 2n, by: 'evt_2' };
    await expect(store.write(generation, [named('ann', 1n), close])).rejects.toThrow('never closed');
    const strange = { ...named('bob', 2n), columns: { name: ['bob'] } } as unknown as RowChange;
    await expect(store.write(generation, [named('ann', 1n), strange])).rejects.toThrow(`can't hold ["bob"] in name`);
    expect(await store.list(generation, everyone)).toEqual([]);
  });

  it('keeps no trace of a text that was rewritten or dropped', async () => {
    const secret = 'Anneliese-Zanzibar';
    const generation = await store.create('people', 1, people);
    await store.index(generation);
    await store.write(generation, [named(secret, 1n), named('bob', 2n)]);
    const dropped = await store.create('people', 2, people);
    await store.write(dropped, [named(secret, 1n)]);
    await (await reopened()).close();
    expect(readFileSync(path).includes(secret)).toBe(true);
    store = sqliteViewStore(path);
    await store.open(generation, people);
    const { columns, words, body } = { ...named('[erased]', 1n), ...{ columns: {}, words: [], body: {} } };
    await store.write(generation, [{ change: 'rewrite', key: 'k1', from: 1n, columns, words, body }]);
    await store.drop(dropped);
    await store.close();
    expect(readFileSync(path).includes(secret)).toBe(false);
  });

  it('loses the tables that a crash between forgetting and dropping had left', async () => {
    const left = await store.create('people', 1, people);
    const kept = await store.create('people', 2, people);
    const crashed = new DatabaseSync(path);
    crashed.exec(`DELETE FROM generations WHERE name = 'people@1'`);
    await reopened();
    const tables = crashed.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE '%@%'`).all();
    crashed.close();
    expect(tables.map(({ name }) => name)).toEqual(['people@2']);
    await expect(store.open(left, people)).rejects.toThrow(StoreUnavailable);
    await store.open(kept, people);
  });

  it('keeps nothing about a generation that was dropped', async () => {
    const generation = await store.create('people', 1, people);
    const error = { stream: 's', position: 1n, eventId: 'evt_1', type: 'T', error: 'it broke' };
    await store.park(generation, error);
    await store.advance('people@1', startCheckpoint, { position: 1n, recordedAt: '' });
    await store.drop(generation);
    const raw = new DatabaseSync(path);
    const left = ['generations', 'checkpoints', 'parked'].flatMap((table) =>
      raw.prepare(`SELECT * FROM ${table}`).all(),
    );
    raw.close();
    expect(left).toEqual([]);
  });

  const eventually = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
  };

  it('drops a large generation while it goes on writing', async () => {
    await store.close();
    store = sqliteViewStore(path, { largeFrom: 2 });
    const left = await store.create('people', 1, people);
    await store.write(left, [named('ann', 1n), named('bob', 2n), named('cleo', 3n)]);
    const next = await store.create('people', 2, people);
    await store.promote(next);
    await store.write(next, [named('dora', 1n)]);
    const raw = new DatabaseSync(path);
    const tables = raw.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND instr(name, '@')`);
    await eventually(() => tables.all().length === 1);
    raw.close();
    await expect(store.list(left, everyone)).rejects.toThrow(StoreUnavailable);
    expect(await store.list(next, everyone)).toHaveLength(1);
  });

  it('moves the write-ahead log into the file as it grows', async () => {
    const generation = await store.create('people', 1, people);
    const long = 'x'.repeat(100_000);
    for (let from = 1n; from < 200n; from += 20n) {
      const rows = Array.from({ length: 20 }, (_, n) => ({ ...named('ann', from + BigInt(n)), body: { long } }));
      await store.write(generation, rows);
      await store.park(generation, { stream: 's', position: from, eventId: 'e', type: 'T', error: '' });
    }
    await eventually(() => statSync(path).size > 9 * 1024 * 1024);
  });

  it('refuses columns that changed without a new version of the view', async () => {
    const generation = await store.create('people', 1, people);
    await reopened();
    const changed = { ...people, columns: { ...people.columns, rank: 'integer' } } as const;
    await expect(store.open(generation, changed)).rejects.toThrow("raise the view's version");
    await store.open(generation, people);
  });

  it('takes columns named like its own, but for the key', async () => {
    const columns = { from: 'text', until: 'integer', words: 'text', body: 'text', closedBy: 'text' } as const;
    const generation = await store.create('odd', 1, { columns, indexes: [['from', 'until'], ['body']] });
    await store.index(generation);
    const row = { from: 'x', until: 7, words: 'y', body: 'z', closedBy: 'w' };
    await store.write(generation, [
      { change: 'open', key: 'k', from: 1n, by: 'evt_1', body: {}, columns: row, words: [] },
    ]);
    const where = [
      { column: 'from', in: ['x'] },
      { column: 'words', in: ['y'] },
    ];
    const order = { column: 'until', descending: false };
    const [found] = await store.list(generation, { asOf: 1n, where, order, limit: 1 });
    expect(found).toMatchObject({ key: 'k', from: 1n, until: null, closedBy: null, sortValue: 7 });
    await expect(store.create('odd', 2, { columns: { key: 'text' }, indexes: [] })).rejects.toThrow('named key');
    await expect(store.list(generation, { ...everyone, order })).resolves.toHaveLength(1);
    await expect(store.list(generation, everyone)).rejects.toThrow('odd@1 has no column name');
  });
});

describe('the way SQLite takes', () => {
  let folder: string;
  let plan: (query: Query) => string[];
  let close: () => void;
  const generation: Generation = { view: 'people', number: 1, version: 1, state: 'live' };
  const table = rowTable(generation, people);
  beforeEach(() => {
    folder = newFolder();
    const connection = connect(join(folder, 'views.db'));
    connection.exec(table.create);
    for (const { sql } of table.indexes) connection.exec(sql);
    close = connection.close;
    plan = ({ sql, values }) =>
      connection.all({ sql: `EXPLAIN QUERY PLAN ${sql}`, values }).map(({ detail }) => String(detail));
  });
  afterEach(() => {
    close();
    rmSync(folder, { recursive: true });
  });

  const ofAccount = [{ column: 'accountId', in: ['a'] }];
  const page = { asOf: 5n, where: ofAccount, order: { column: 'name', descending: false }, limit: 50 };
  const openIndex = 'SEARCH people@1 USING INDEX people@1 open accountId,name';
  const closedIndex = 'SEARCH people@1 USING INDEX people@1 closed accountId (c_accountId=? AND until>?)';

  it('to a current page is the declared index; only rows closed since are sorted', () => {
    expect(plan(listQuery(table, page))).toEqual([
      'MERGE (UNION ALL)',
      'LEFT',
      `${openIndex} (c_accountId=?)`,
      'RIGHT',
      closedIndex,
      'USE TEMP B-TREE FOR ORDER BY',
    ]);
  });

  it('to a further page enters that index at the place', () => {
    const after = { value: 'm', key: 'k1' };
    expect(plan(listQuery(table, { ...page, after }))[2]).toBe(`${openIndex} (c_accountId=? AND (c_name,key)>(?,?))`);
    const down = plan(listQuery(table, { ...page, order: { column: 'name', descending: true }, after }));
    expect(down.filter((step) => step.startsWith('SEARCH'))).toEqual([
      `${openIndex} (c_accountId=? AND (c_name,key)<(?,?))`,
      `${openIndex} (c_accountId=? AND c_name=?)`,
      closedIndex,
    ]);
    expect(down.filter((step) => step.includes('TEMP B-TREE'))).toHaveLength(1);
  });

  it('to what is due never looks at what was due before', () => {
    const due = { ...page, where: [{ column: 'dueAt', below: '2026' }], order: { column: 'dueAt', descending: false } };
    expect(plan(listQuery(table, due)).filter((step) => step.startsWith('SEARCH'))).toEqual([
      'SEARCH people@1 USING INDEX people@1 open dueAt (c_dueAt<?)',
      'SEARCH people@1 USING INDEX people@1 until (until>?)',
    ]);
  });

  it('to any of several columns is the index of each', () => {
    const anyOf = [...ofAccount, { column: 'owner', in: ['u'] }];
    const steps = plan(listQuery(table, { ...page, where: [{ anyOf }] }));
    expect(steps).toContain('MULTI-INDEX OR');
    expect(steps).toContain('SEARCH people@1 USING INDEX people@1 open owner (c_owner=?)');
  });

  it('to a count is the indexes alone', () => {
    const steps = plan(countQuery(table, { asOf: 5n, where: ofAccount, cap: 1_000 }));
    expect(steps.filter((step) => step.startsWith('SEARCH'))).toEqual([
      'SEARCH people@1 USING COVERING INDEX people@1 open accountId,name (c_accountId=?)',
      closedIndex.replace('USING INDEX', 'USING COVERING INDEX'),
    ]);
  });

  it('to what was touched is the range of positions', () => {
    const steps = plan(touchedQuery(table, { after: 1n, upTo: 5n, where: [], limit: 50 }));
    expect(steps.filter((step) => /SEARCH|SCAN people/.test(step))).toEqual([
      'SEARCH people@1 USING INDEX people@1 from (from>? AND from<?)',
      'SEARCH people@1 USING INDEX people@1 from (from>? AND from<?)',
      'SEARCH people@1 USING INDEX people@1 until (until>? AND until<?)',
    ]);
  });
});
