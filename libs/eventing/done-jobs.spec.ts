import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from './contracts/view-specs-given.js';
import { jobsDoneOnce } from './done-jobs.js';
import { StoreUnavailable } from './event-store.js';
import { inMemoryJobs, jobsMemory, loseMemory, type JobsMemory } from './in-memory/jobs.js';
import { inMemoryViewStore } from './in-memory/view-store.js';
import type { JobAttempt, Jobs } from './jobs.js';
import type { ViewStore } from './view-store.js';

describe('jobs that are done once', () => {
  let memory: JobsMemory;
  let store: ViewStore;
  let jobs: Jobs;
  let done: string[];

  beforeEach(() => {
    memory = jobsMemory();
    store = inMemoryViewStore();
    jobs = jobsDoneOnce(inMemoryJobs(memory), store);
    done = [];
  });
  afterEach(() => jobs.close());

  const work = (
    on = jobs,
    queue = 'mail',
    handler: (job: JobAttempt) => Promise<void> = () => Promise.resolve(),
  ): (() => Promise<void>) =>
    on.work(
      queue,
      async (job) => {
        await handler(job);
        done.push(`${queue}/${job.id}`);
      },
      { backoffMs: 1 },
    );
  const enqueue = (id: string, queue = 'mail'): Promise<void> => jobs.enqueue({ id, queue, payload: {} });
  const settled = (queue = 'mail'): Promise<void> =>
    eventually(async () => (await jobs.counts(queue)).waiting === 0 && done.length > 0);

  it('does not even enqueue what was done, when the memory of the jobs is lost', async () => {
    const stop = work();
    await enqueue('one');
    await settled();
    await stop();
    loseMemory(memory);
    await enqueue('one');
    await enqueue('two');
    expect([...memory.jobs.values()].map(({ id }) => id)).toEqual(['two']);
  });

  it('knows what other processes have done', async () => {
    work();
    await enqueue('one');
    await settled();
    await jobs.close();
    jobs = jobsDoneOnce(inMemoryJobs(jobsMemory()), store);
    await enqueue('one');
    expect(await jobs.counts('mail')).toEqual({ waiting: 0, failed: 0 });
  });

  it('keeps the jobs of two queues apart', async () => {
    work();
    work(jobs, 'webhooks');
    await enqueue('one');
    await settled();
    await enqueue('one', 'webhooks');
    await eventually(() => done.length === 2);
    expect(done).toEqual(['mail/one', 'webhooks/one']);
  });

  it('takes what failed for not done', async () => {
    let failures = 2;
    work(jobs, 'mail', () => ((failures -= 1) >= 0 ? Promise.reject(new Error('refused')) : Promise.resolve()));
    await enqueue('one');
    await settled();
    expect(done).toEqual(['mail/one']);
  });

  it('does a job once although the view store is away when it is done', async () => {
    let outages = 3;
    const write: ViewStore['write'] = (generation, changes) => {
      if ((outages -= 1) >= 0) throw new StoreUnavailable('out');
      return store.write(generation, changes);
    };
    const away = jobsDoneOnce(inMemoryJobs(memory), { ...store, write });
    work(away);
    await away.enqueue({ id: 'one', queue: 'mail', payload: {} });
    await settled();
    await away.close();
    expect(outages).toBe(-1);
    expect(done).toEqual(['mail/one']);
    loseMemory(memory);
    await enqueue('one');
    expect(await jobs.counts('mail')).toEqual({ waiting: 0, failed: 0 });
  });

  it('goes on when what was kept is gone', async () => {
    work();
    await enqueue('one');
    await settled();
    await store.drop(await store.keep('done-jobs', { columns: {}, indexes: [] }));
    await expect(enqueue('two')).rejects.toThrow(StoreUnavailable);
    await enqueue('two');
    await eventually(() => done.length === 2);
  });
});
