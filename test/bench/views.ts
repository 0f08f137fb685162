import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { sqliteViewStore } from '#store-sqlite/view-store.js';
import { median, report } from './measure.js';
import { caughtUp, givenLog, viewsOver } from './read-side.js';

/**
 * How fast all views of the product catch up with a log of 200,000 events, beside bare `node:sqlite` writing the same: each version as it
 * opened, its end as it closed, in log order, then the same indexes. The bare one is told all of it beforehand, as text.
 */
const events = 200_000;
const rounds = Number(process.env['GRANTRAIL_BENCH_ROUNDS'] ?? 3);
const bulk = 10_000;

interface Cost {
  readonly tookMs: number;
  /** Of the processors, threads included. */
  readonly busyMs: number;
}

/** Adds up what is measured, and leaves out what lies between. */
class Stopwatch {
  #tookMs = 0;
  #busyMs = 0;

  get cost(): Cost {
    return { tookMs: this.#tookMs, busyMs: this.#busyMs };
  }

  async around<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    const [begun, used] = [performance.now(), process.cpuUsage()];
    try {
      return await work();
    } finally {
      const { user, system } = process.cpuUsage(used);
      this.#tookMs += performance.now() - begun;
      this.#busyMs += (user + system) / 1_000;
    }
  }
}

const given = await givenLog(events);
const path = join(given.folder, 'views.db');
const barePath = join(given.folder, 'bare.db');
const remove = (file: string): void => ['', '-wal', '-shm'].forEach((end) => rmSync(file + end, { force: true }));

const catchUp = async (): Promise<Cost> => {
  remove(path);
  const store = sqliteViewStore(path);
  const views = viewsOver(given, store);
  const watch = new Stopwatch();
  await watch.around(async () => {
    await views.start();
    await caughtUp(views);
  });
  await views.stop();
  await watch.around(() => store.close());
  return watch.cost;
};

type Change = readonly SQLInputValue[];

const bareWriter = (database: DatabaseSync, name: string, columns: readonly string[]) => {
  const open = database.prepare(
    `INSERT INTO "${name}" (${columns.map((column) => `"${column}"`).join()}) VALUES (${columns.map(() => '?').join()})`,
  );
  const close =
    columns.includes('words') && database.prepare(`SELECT * FROM pragma_table_info(?) WHERE name = 'until'`).get(name)
      ? database.prepare(`UPDATE "${name}" SET "until" = ?, closed_by = ? WHERE key = ? AND "from" = ?`)
      : undefined;
  return (opened: readonly Change[], closed: readonly Change[]): void => {
    database.exec('BEGIN IMMEDIATE');
    for (const row of opened) open.run(...row);
    for (const end of closed) close?.run(...end);
    database.exec('COMMIT');
  };
};

const texts = (rows: readonly object[], name: string): string[] =>
  rows.map((row) => String((row as Record<string, unknown>)[name]));

const writeBare = async (): Promise<Cost> => {
  remove(barePath);
  const source = new DatabaseSync(path, { readOnly: true, readBigInts: true });
  const bare = new DatabaseSync(barePath);
  bare.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; PRAGMA cache_size = -65536',
  );
  const watch = new Stopwatch();
  const sqlOf = (type: string, table = '%'): { name: string; sql: string }[] =>
    source
      .prepare(
        `SELECT name, sql FROM sqlite_schema WHERE type = ? AND tbl_name LIKE ? AND instr(name, '@') AND sql IS NOT NULL`,
      )
      .all(type, table) as { name: string; sql: string }[];
  for (const { name, sql } of sqlOf('table')) {
    bare.exec(sql);
    const all = texts(source.prepare('SELECT name FROM pragma_table_info(?)').all(name), 'name');
    const columns = all.filter((column) => column !== 'until' && column !== 'closed_by');
    const write = bareWriter(bare, name, columns);
    const list = columns.map((column) => `"${column}"`).join();
    const opened = source.prepare(`SELECT ${list} FROM "${name}" WHERE "from" > ? AND "from" <= ?`);
    const closed = all.includes('until')
      ? source.prepare(
          `SELECT "until", closed_by, key, "from" FROM "${name}" WHERE "until" > ? AND "until" <= ? ORDER BY "until"`,
        )
      : undefined;
    for (let from = 0; from <= events; from += bulk) {
      const rows = opened.all(from, from + bulk).map((row) => Object.values(row));
      const ends = (closed?.all(from, from + bulk) ?? []).map((row) => Object.values(row));
      await watch.around(() => write(rows, ends));
    }
    for (const index of sqlOf('index', name)) await watch.around(() => bare.exec(index.sql));
  }
  await watch.around(() => bare.close());
  source.close();
  return watch.cost;
};

const costs = { views: [] as Cost[], bare: [] as Cost[] };
for (let round = 0; round < rounds; round += 1) {
  costs.views.push(await catchUp());
  costs.bare.push(await writeBare());
}
await given.close();

const medianOf = (all: readonly Cost[], figure: keyof Cost): number => median(all.map((cost) => cost[figure]));
const ratioOf = (figure: keyof Cost): number => medianOf(costs.bare, figure) / medianOf(costs.views, figure);
const told = (all: readonly Cost[]): string =>
  `${Math.round((events / medianOf(all, 'tookMs')) * 1_000)} events/s, ${Math.round((medianOf(all, 'busyMs') / events) * 1_000)} µs of CPU each`;
const what = `\`views\`: all views of the product, from nothing to the head of ${events} events`;
report(what, `${told(costs.views)} beside ${told(costs.bare)}`, ratioOf('tookMs'), { atLeast: 0.5 });
report('the same, by processor time', '–', ratioOf('busyMs'));
