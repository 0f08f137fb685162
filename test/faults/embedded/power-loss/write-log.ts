// Writes a planned log and tells the position of each append that is acknowledged: path, seed, style.
import { writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { sqliteEventStore } from '#store-sqlite/event-store.js';
import { logPlan, type LogStyle } from './log-plan.js';

const [path = '', seed = '', style = ''] = process.argv.slice(2);

const moveLog = (mode: string): void => {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA wal_checkpoint(${mode})`);
  database.close();
};

let store = sqliteEventStore(path);
for (const step of logPlan(Number(seed), JSON.parse(style) as LogStyle)) {
  if (step.step === 'checkpoint') moveLog(step.mode);
  else if (step.step === 'reopen') {
    await store.close();
    store = sqliteEventStore(path);
  } else
    await Promise.all(
      step.appends.map(async ({ stream, expected, events }) => {
        const { position } = await store.append(stream, expected, events);
        writeSync(1, `${position}\n`);
      }),
    );
}
await store.close();
