// Runs one reactor of a data folder, until it is through or has died.
import { setTimeout as wait } from 'node:timers/promises';
import { assignPublishedApplications } from '#access/reactors/assign-published-applications.js';
import { finishCascades } from '#access/reactors/finish-cascades.js';
import { mailInvitations, mailQueue } from '#delivery/mail/mail-invitations.js';
import { doneJobsName, jobsDoneOnce } from '#eventing/done-jobs.js';
import { type Reactor, ReactorRunner } from '#eventing/reactor.js';
import { sqliteJobs } from '#store-sqlite/jobs.js';
import { busOf } from '../../../../apps/server/commands.spec-kit.js';
import { checkpointBeforeWork } from './checkpoint-first.js';
import { Death } from './death.js';
import { dyingAtAppends, dyingAtNotes, dyingReactor } from './dying-stores.js';
import { openAccess } from './opened-access.js';
import { openFolder } from './opened-folder.js';
import { sendMails } from './sent-mails.js';

const [folder = '', name = '', dieAt = '0', batchSize = '1', control] = process.argv.slice(2);

const opened = await openFolder(folder);
const death = new Death(opened.file('deaths'), Number(dieAt));
const log = dyingAtAppends(opened.log, death);
const views = dyingAtNotes(opened.views, doneJobsName, death);
const access = openAccess(opened, log);
const jobs = sqliteJobs(opened.file('jobs.db'));
const jobsOnce = jobsDoneOnce(jobs, views);

const reactors: readonly Reactor[] = [
  assignPublishedApplications(access),
  finishCascades(
    access,
    busOf(() => access),
  ),
  mailInvitations(jobsOnce),
];
const found = reactors.find((one) => one.name === name);
if (found === undefined) throw new Error(`there is no reactor ${name}`);
const dying = dyingReactor(found, views, death);
const reactor = control === 'checkpoint-first' ? checkpointBeforeWork(dying, dying.checkpoints ?? views) : dying;

const upTo = await log.head();
const runner = new ReactorRunner({
  reactor,
  log,
  store: views,
  upcast: opened.reading.upcast,
  batchSize: Number(batchSize),
});
const untilSent = async (): Promise<void> => {
  while ((await jobs.counts(mailQueue)).waiting > 0) await wait(5);
};

const isMailing = name === 'mail-invitations';
const stopMails = isMailing ? await sendMails({ opened, access, jobs: jobsOnce, death }) : undefined;
// What an earlier life has put on the queue comes first, or short lives would never send anything.
if (isMailing) await untilSent();
await runner.start();
await runner.waitFor(upTo);
await runner.stop();
if (isMailing) await untilSent();
await stopMails?.();
await jobs.close();
await opened.close();
process.stdout.write(`${death.moments}\n`);
