import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { derivedJobsContract, jobsLostAtWorkContract } from '#eventing/contracts/derived-jobs.contract.js';
import type { JobsUnderTest } from '#eventing/contracts/jobs-given.contract.js';
import { jobsContract } from '#eventing/contracts/jobs.contract.js';
import { randomId } from '#eventing/ids.js';
import type { Jobs } from '#eventing/jobs.js';
import { redisServer, whereRedis } from '../../test/servers/redis.js';
import type { TestServer } from '../../test/servers/test-server.js';
import { bullmqJobs } from './jobs.js';
import { forget } from './forget.spec-kit.js';
import { jobsUnderTest } from './jobs-under-test.spec-kit.js';

whereRedis('on Redis', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await redisServer();
  });
  afterAll(() => server.dispose());

  const open = async (): Promise<JobsUnderTest> => {
    const prefix = randomId('test');
    const lose = (): Promise<void> => forget(server.url, prefix);
    const opened = await jobsUnderTest(server.url, prefix, lose);
    return {
      ...opened,
      dispose: async () => {
        await opened.dispose();
        await lose();
      },
    };
  };

  jobsContract('BullMQ', open);
  derivedJobsContract('BullMQ', open);
  jobsLostAtWorkContract('BullMQ', open);

  describe('the jobs of an installation', () => {
    const opened: Jobs[] = [];
    const prefixes: string[] = [];
    const jobsUnder = async (prefix: string): Promise<Jobs> => {
      prefixes.push(prefix);
      const jobs = await bullmqJobs(server.url, { prefix });
      opened.push(jobs);
      return jobs;
    };
    afterEach(async () => {
      for (const jobs of opened.splice(0)) await jobs.close();
      for (const prefix of prefixes.splice(0)) await forget(server.url, prefix);
    });

    it('are kept apart from those of another by the prefix', async () => {
      const [one, other] = [await jobsUnder(randomId('test')), await jobsUnder(randomId('test'))];
      await one.enqueue({ id: 'one', queue: 'mail', payload: {} });
      expect(await other.counts('mail')).toEqual({ waiting: 0, failed: 0 });
      expect((await one.checkpoint('mails')).memory).not.toBe((await other.checkpoint('mails')).memory);
    });

    it('are found by what they hold among thousands, while others are done', async () => {
      const jobs = await jobsUnder(randomId('test'));
      const users = Array.from({ length: 2_500 }, (_, number) => `usr_${number % 5}`);
      await Promise.all(
        users.map((userId, number) => jobs.enqueue({ id: `job-${number}`, queue: 'mail', payload: { userId } })),
      );
      const done = new Set<string>();
      const stop = jobs.work('mail', ({ id }) => Promise.resolve(void done.add(id)));
      const dropped = await jobs.drop('mail', 'userId', 'usr_3');
      expect(dropped).toBeGreaterThan(0);
      while ((await jobs.counts('mail')).waiting > 0) await nextTurn();
      await stop();
      expect(done.size).toBe(users.length - dropped);
    });
  });
});
