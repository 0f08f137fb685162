// A life of one data folder from its opening to its closing, which marks where it is for whoever traces its system calls.
import { truncateSync, writeFileSync } from 'node:fs';
import { startInstallation } from '#access/processes/start-platform.js';
import type { ViewStore } from '#eventing/view-store.js';
import { Views } from '#eventing/views.js';
import { sqliteJobs } from '#store-sqlite/jobs.js';
import { processorWaitMs } from '../../../system/processor-wait.js';
import { answeringEarly } from './early-answers.js';
import { openAccess } from './opened-access.js';
import { openFolder, viewNamed } from './opened-folder.js';
import { playScenario } from './scenario-commands.js';
import { marks, type Said } from './scenario.js';

const [folder = '', what = 'close', control] = process.argv.slice(2);

const say = (said: Said): void => {
  process.stdout.write(`${JSON.stringify(said)}\n`);
};

const opened = await openFolder(folder);
const jobs = sqliteJobs(opened.file('jobs.db'));
const marker = opened.file('marker');
writeFileSync(marker, '');
const mark = (name: keyof typeof marks): void => truncateSync(marker, marks[name]);

const log = control === 'early' ? answeringEarly(opened.log) : opened.log;
const store: ViewStore = {
  ...opened.views,
  index: async (generation) => {
    mark('indexing');
    await opened.views.index(generation);
    mark('indexed');
  },
  promote: async (generation) => {
    mark('switching');
    const live = await opened.views.promote(generation);
    mark('switched');
    return live;
  },
};
const access = openAccess(opened, log);
const names = ['members', 'user-applications', 'applications', 'audit-log'];
const views = new Views({ views: names.map(viewNamed), log, store, reading: opened.reading });
const caughtUp = async (): Promise<void> => {
  const head = await log.head();
  await Promise.all(views.status().map(({ view }) => views.waitFor(view, head)));
};

await views.start();
await startInstallation(access, { given: `grk_${'a'.repeat(43)}`, issued: [] });
await caughtUp();
say({ ready: Date.now(), processorWaitMs: processorWaitMs(process.pid) });
mark('opened');
await playScenario(access, (key, { outcome: { events, position } }) =>
  say({ key, ids: events.map(({ id }) => id), position: String(position) }),
);
await caughtUp();
mark('played');
for (const name of names) await views.rebuild(name);
if (what === 'prove') for (const { view } of views.status()) say({ view, equal: (await views.verify(view)).equal });
if (what === 'crash') process.kill(process.pid, 'SIGKILL');
mark('closing');
await views.stop();
await jobs.close();
await opened.close();
