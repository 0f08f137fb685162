// Makes and does jobs as planned and tells of each step once it is over: path, seed, steps. Opens them anew in the middle.
import { writeSync } from 'node:fs';
import { sqliteJobs } from '#store-sqlite/jobs.js';
import { doJobs, jobsPlan, reactUpTo } from './jobs-plan.js';

const [path = '', seed = '', steps = ''] = process.argv.slice(2);

let jobs = sqliteJobs(path);
for (const [number, { step, event }] of jobsPlan(Number(seed), Number(steps)).entries()) {
  if (number === Number(steps) / 2) {
    await jobs.close();
    jobs = sqliteJobs(path);
  }
  await (step === 'react' ? reactUpTo(jobs, event) : doJobs(jobs, 1));
  writeSync(1, `${number + 1}\n`);
}
await jobs.close();
