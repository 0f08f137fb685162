import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { givenMails } from '#eventing/contracts/derived-jobs-given.contract.js';
import { derivedJobsContract, jobsLostAtWorkContract } from '#eventing/contracts/derived-jobs.contract.js';
import type { OpenJobs } from '#eventing/contracts/jobs-given.contract.js';
import { eventually } from '#eventing/contracts/view-specs-given.js';
import { randomId } from '#eventing/ids.js';
import { ownRedisServer } from '../../test/servers/redis-server.js';
import { whereOwnRedis } from '../../test/servers/redis.js';
import type { TestServer } from '../../test/servers/test-server.js';
import { jobsUnderTest } from './jobs-under-test.spec-kit.js';

const forgetful = { appendonly: 'no', save: '' };

whereOwnRedis('a Redis that loses what it keeps', () => {
  let server: TestServer;
  let redis: Redis;
  beforeAll(async () => {
    server = await ownRedisServer(forgetful);
    redis = new Redis(server.url);
    redis.on('error', () => undefined);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.dispose();
  });

  const opened =
    (losing: () => Promise<unknown>): OpenJobs =>
    () =>
      jobsUnderTest(server.url, randomId('test'), losing);
  const restart = async (): Promise<void> => {
    await server.kill();
    await server.start();
  };

  derivedJobsContract(
    'FLUSHALL',
    opened(() => redis.flushall()),
  );
  jobsLostAtWorkContract(
    'FLUSHALL',
    opened(() => redis.flushall()),
  );
  derivedJobsContract('a restart without its data', opened(restart));
  jobsLostAtWorkContract('a restart without its data', opened(restart));

  describe('and comes back as it was a while ago', () => {
    const given = givenMails(
      opened(async () => {
        // What was written since the last snapshot goes with the process.
        await restart();
        await eventually(() => redis.status === 'ready');
      }),
    );

    it('is given again what it lost since, and nothing else is done again', async () => {
      const mailing = await given.process();
      const stopWork = mailing.work();
      await given.join('usr_a', 'usr_b');
      await eventually(() => given.sent.length === 2);
      await stopWork();
      await redis.save();
      const saved = await given.jobs.checkpoint('reactor/mails');
      await given.join('usr_c', 'usr_d');
      await given.reacted(mailing);
      const asked: bigint[] = [];
      given.enqueuing = ({ position }) => Promise.resolve(void asked.push(position));

      await given.underTest.lose();
      await eventually(async () => (await given.jobs.counts('mail')).waiting === 2);
      mailing.work();
      await eventually(() => given.sent.length === 4);
      expect(given.sent).toEqual(['usr_a', 'usr_b', 'usr_c', 'usr_d']);
      expect(asked).toEqual([3n, 4n]);
      expect((await given.jobs.checkpoint('reactor/mails')).memory).toBe(saved.memory);
    });
  });
});
