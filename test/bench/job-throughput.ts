import { Queue, Worker } from 'bullmq';
import { randomUUID } from 'node:crypto';
import { bullmqJobs } from '#jobs-bullmq/jobs.js';
import { ownRedisServer } from '../servers/redis-server.js';
import { median } from './measure.js';

/**
 * Jobs per second of our queue beside BullMQ alone, which keeps the same promises on the same Redis; in turns, medians compared.
 */
const jobCount = 5_000;
const callers = 64;
const concurrency = 16;
const rounds = 5;
const goal = 0.8;

const queueName = 'mail';
const payload = { accountId: 'acc_a', invitationId: 'inv_a', userId: 'usr_a', issue: 1 };
/** As ours: an id makes one job, remembered for two days after it was done. */
const remembered = { age: 48 * 3_600 };

interface Contender {
  enqueue(id: string): Promise<unknown>;
  /** Works until so many jobs were handled and all of that is written. */
  work(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Counts handled jobs up to a number. */
const counted = (count: number) => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let handled = 0;
  const handle = (): Promise<void> => {
    handled += 1;
    if (handled === count) resolve(undefined);
    return Promise.resolve();
  };
  return { all: promise, handle };
};

const ours = async (url: string): Promise<Contender> => {
  const jobs = await bullmqJobs(url, { prefix: `ours-${randomUUID()}` });
  return {
    enqueue: (id) => jobs.enqueue({ id, queue: queueName, payload }),
    work: async (count) => {
      const { all, handle } = counted(count);
      const stop = jobs.work(queueName, handle, { concurrency });
      await all;
      await stop();
    },
    close: () => jobs.close(),
  };
};

const bare = (url: string): Promise<Contender> => {
  const { hostname: host, port } = new URL(url);
  const parts = { connection: { host, port: Number(port) }, prefix: `{bare-${randomUUID()}}` };
  const queue = new Queue(queueName, parts);
  return Promise.resolve({
    enqueue: (id) => queue.add('job', payload, { jobId: id, removeOnComplete: remembered }),
    work: async (count) => {
      const { all, handle } = counted(count);
      const worker = new Worker(queueName, handle, { ...parts, concurrency });
      await all;
      await worker.close();
    },
    close: () => queue.close(),
  });
};

interface Measured {
  readonly perSecond: number;
  /** Processor time of this process. */
  readonly cpuMicros: number;
}

const measured = async (work: () => Promise<unknown>): Promise<Measured> => {
  const [start, cpuBefore] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpuBefore);
  return { perSecond: (jobCount / (performance.now() - start)) * 1_000, cpuMicros: (user + system) / jobCount };
};

const round = async (open: (url: string) => Promise<Contender>, url: string) => {
  const contender = await open(url);
  let next = 0;
  const call = async (): Promise<void> => {
    while (next < jobCount) await contender.enqueue(`job-${(next += 1)}`);
  };
  const enqueued = await measured(() => Promise.all(Array.from({ length: callers }, call)));
  const worked = await measured(() => contender.work(jobCount));
  await contender.close();
  return { enqueued, worked };
};

const server = await ownRedisServer({ appendonly: 'no' });
const results: Record<'ours' | 'bare', Awaited<ReturnType<typeof round>>[]> = { ours: [], bare: [] };
// The first of each warms up and does not count.
for (let number = 0; number <= rounds; number += 1)
  for (const [name, open] of Object.entries({ bare, ours }) as ['ours' | 'bare', typeof bare][]) {
    const result = await round(open, server.url);
    if (number > 0) results[name].push(result);
  }
await server.dispose();

let isReached = true;
for (const phase of ['enqueued', 'worked'] as const) {
  const of = (name: 'ours' | 'bare', field: keyof Measured): number =>
    median(results[name].map((result) => result[phase][field]));
  const ratio = of('ours', 'perSecond') / of('bare', 'perSecond');
  isReached &&= ratio >= goal;
  const told = (name: 'ours' | 'bare'): string =>
    `${name} ${of(name, 'perSecond').toFixed(0)}/s, ${of(name, 'cpuMicros').toFixed(0)} µs of processor each`;
  process.stdout.write(`jobs ${phase}: ${told('ours')}; ${told('bare')}; ratio ${ratio.toFixed(2)} (goal ${goal})\n`);
}
process.exitCode = isReached ? 0 : 1;
