import { afterAll, beforeAll } from '@jest/globals';
import { derivedJobsContract, jobsLostAtWorkContract } from '#eventing/contracts/derived-jobs.contract.js';
import type { JobsUnderTest } from '#eventing/contracts/jobs-given.contract.js';
import { jobsContract } from '#eventing/contracts/jobs.contract.js';
import { randomId } from '#eventing/ids.js';
import { redisServer, whereRedis } from '../../test/servers/redis.js';
import type { TestServer } from '../../test/servers/test-server.js';
import { bullmqJobs } from './jobs.js';
import { forget } from './forget.spec-kit.js';

whereRedis('on Redis', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await redisServer();
  });
  afterAll(() => server.dispose());

  const open = async (): Promise<JobsUnderTest> => {
    const prefix = randomId('test');
    let jobs = await bullmqJobs(server.url, { prefix });
    return {
      jobs,
      reopen: async () => {
        await jobs.close();
        return (jobs = await bullmqJobs(server.url, { prefix }));
      },
      lose: async () => {
        await forget(server.url, prefix);
        return jobs;
      },
      dispose: async () => {
        await jobs.close();
        await forget(server.url, prefix);
      },
    };
  };

  jobsContract('BullMQ', open);
  derivedJobsContract('BullMQ', open);
  jobsLostAtWorkContract('BullMQ', open);
});
