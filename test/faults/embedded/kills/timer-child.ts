// Fires what is due in a data folder, until nothing is any more or it has died.
import { setTimeout as wait } from 'node:timers/promises';
import { fireDue } from '#access/reactors/fire-due.js';
import { Timer } from '#eventing/timer.js';
import { ViewReader } from '#eventing/view-reader.js';
import { Views } from '#eventing/views.js';
import { busOf } from '../../../../apps/server/commands.spec-kit.js';
import { Death } from './death.js';
import { dyingAtAppends } from './dying-stores.js';
import { openAccess } from './opened-access.js';
import { openFolder, viewNamed } from './opened-folder.js';

const [folder = '', , dieAt = '0'] = process.argv.slice(2);
const dueView = 'due';

const opened = await openFolder(folder);
const death = new Death(opened.file('deaths'), Number(dieAt));
const log = dyingAtAppends(opened.log, death);
const views = new Views({ views: [viewNamed(dueView)], log, store: opened.views, reading: opened.reading });
await views.start();
const reader = new ViewReader(views);
const access = openAccess(opened, log);
const fire = fireDue(busOf(() => access));
const timer = new Timer({
  views,
  reader,
  dueView,
  now: () => new Date(),
  fire: async (row) => {
    death.moment('before firing');
    await fire(row);
    death.moment('after firing');
  },
});

const isDone = async (): Promise<boolean> => {
  await views.waitFor(dueView, await log.head());
  const moment = await reader.moment([dueView], { now: new Date() });
  return (await reader.count(dueView, { moment, where: [], cap: 1 })) === 0;
};
// A timer that starts before its view has caught up fires again what was decided in an earlier life, and hardly comes to anything new.
if (Number(dieAt) % 2 === 0) await views.waitFor(dueView, await log.head());
timer.start();
while (!(await isDone())) await wait(10);
await timer.stop();
await views.stop();
await opened.close();
process.stdout.write(`${death.moments}\n`);
