import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { derivedJobsContract } from '#eventing/contracts/derived-jobs.contract.js';
import type { JobsUnderTest } from '#eventing/contracts/jobs-given.contract.js';
import { jobsContract } from '#eventing/contracts/jobs.contract.js';
import { StoreUnavailable } from '#eventing/event-store.js';
import { randomId } from '#eventing/ids.js';
import type { Jobs } from '#eventing/jobs.js';
import { sqliteJobs } from './jobs.js';

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'grantrail-jobs-'));

const open = (): Promise<JobsUnderTest> => {
  const folder = newFolder();
  const path = join(folder, 'jobs.db');
  let jobs = sqliteJobs(path);
  const reopen = async (): Promise<Jobs> => {
    await jobs.close();
    return (jobs = sqliteJobs(path));
  };
  return Promise.resolve({
    jobs,
    reopen,
    lose: async () => {
      await jobs.close();
      for (const file of readdirSync(folder)) rmSync(join(folder, file));
      return reopen();
    },
    dispose: async () => {
      await jobs.close();
      rmSync(folder, { recursive: true });
    },
  });
};

jobsContract('SQLite', open);
derivedJobsContract('SQLite', open);

describe('the SQLite jobs', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = newFolder();
    path = join(folder, 'jobs.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Enqueues a job and says whether it was done (again). */
  const isDone = async (jobs: Jobs, id: string): Promise<boolean> => {
    const seen: string[] = [];
    const { promise, resolve } = Promise.withResolvers<undefined>();
    await jobs.enqueue({ id, queue: 'mail', payload: {} });
    await jobs.enqueue({ id: randomId('after'), queue: 'mail', payload: {} });
    const stop = jobs.work(
      'mail',
      (job) => {
        seen.push(job.id);
        if (job.id !== id) resolve(undefined);
        return Promise.resolve();
      },
      { concurrency: 1 },
    );
    await promise;
    await stop();
    return seen.includes(id);
  };

  it('remembers what was done for a day, and not for ever', async () => {
    let now = Date.parse('2027-01-01T00:00:00.000Z');
    const jobs = sqliteJobs(path, { now: () => now });
    expect(await isDone(jobs, 'one')).toBe(true);
    now += 24 * 3_600_000;
    expect(await isDone(jobs, 'one')).toBe(false);
    now += 24 * 3_600_000 + 1_000;
    await jobs.enqueue({ id: 'prunes', queue: 'other', payload: {} });
    expect(await isDone(jobs, 'one')).toBe(true);
    await jobs.close();
  });

  it('keeps what was enqueued just before it was closed', async () => {
    const jobs = sqliteJobs(path);
    const kept = jobs.enqueue({ id: 'one', queue: 'mail', payload: {} });
    await Promise.all([kept, jobs.close()]);
    const again = sqliteJobs(path);
    expect(await again.counts('mail')).toEqual({ waiting: 1, failed: 0 });
    await again.close();
  });

  it('ends its work although it cannot write what became of a job', async () => {
    const jobs = sqliteJobs(path);
    await jobs.enqueue({ id: 'one', queue: 'mail', payload: {} });
    const broken = new DatabaseSync(path);
    broken.exec("CREATE TRIGGER broken BEFORE UPDATE ON job BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
    const { promise: begun, resolve: begin } = Promise.withResolvers<undefined>();
    const { promise: goesOn, resolve: goOn } = Promise.withResolvers<undefined>();
    const stop = jobs.work('mail', () => {
      begin(undefined);
      return goesOn;
    });
    await begun;
    const stopped = stop();
    goOn(undefined);
    await stopped;
    expect(await jobs.counts('mail')).toEqual({ waiting: 1, failed: 0 });
    broken.close();
    await jobs.close();
  });

  it('is readable by its owner only', async () => {
    const jobs = sqliteJobs(path);
    await jobs.enqueue({ id: 'one', queue: 'mail', payload: {} });
    const modes = readdirSync(folder).map((file) => statSync(join(folder, file)).mode & 0o777);
    expect(new Set(modes)).toEqual(new Set([0o600]));
    await jobs.close();
  });

  it('says that it is unavailable once closed', async () => {
    const jobs = sqliteJobs(path);
    await jobs.close();
    await jobs.close();
    await expect(jobs.enqueue({ id: 'one', queue: 'mail', payload: {} })).rejects.toThrow(StoreUnavailable);
    await expect(jobs.counts('mail')).rejects.toThrow(StoreUnavailable);
  });
});
