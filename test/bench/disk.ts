import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sqliteViewStore } from '#store-sqlite/view-store.js';
import { report } from './measure.js';
import { caughtUp, givenLog, viewsOver } from './read-side.js';

/** Bytes on disk for an event: all views with the whole history of their rows, beside the log's own file. */
const events = 50_000;

const given = await givenLog(events);
const path = join(given.folder, 'views.db');
const store = sqliteViewStore(path);
const views = viewsOver(given, store);
await views.start();
await caughtUp(views);
await views.stop();
await store.close();
const head = Number(await given.log.head());

const bytesOf = (file: string): number =>
  ['', '-wal'].reduce((sum, end) => sum + (statSync(file + end, { throwIfNoEntry: false })?.size ?? 0), 0);

const database = new DatabaseSync(path, { readOnly: true });
const perView = database
  .prepare(
    `SELECT tbl_name AS name, sum(pgsize) AS bytes FROM dbstat JOIN (SELECT name, tbl_name FROM sqlite_schema) USING (name)
     WHERE instr(tbl_name, '@') GROUP BY tbl_name ORDER BY bytes DESC`,
  )
  .all()
  .map(({ name, bytes }) => ({ name: String(name).split('@', 1)[0], bytes: Number(bytes) / head }));
database.close();
const perEvent = bytesOf(path) / head;
// The log is closed by now: what was in its write-ahead log is in the file.
await given.log.close();
const ofLog = bytesOf(join(given.folder, 'events.db')) / head;
await given.close();

const told = perView.map(({ name, bytes }) => `${name} ${(bytes / ofLog).toFixed(2)}`).join(' · ');
const what = `\`disk\`: bytes for an event, ${head} events`;
report(what, `${perEvent.toFixed(0)} in all views beside ${ofLog.toFixed(0)} in the log`, perEvent / ofLog, {
  atMost: 6,
});
report('of that, by view', told);
