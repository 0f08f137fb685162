import { describe, expect, it } from '@jest/globals';
import { inMemoryViewStore } from '../in-memory/view-store.js';
import { type GivenMails, givenMails, type MailingProcess } from './derived-jobs-given.contract.js';
import type { OpenJobs } from './jobs-given.contract.js';
import { eventually, record } from './view-specs-given.js';

/** The memory is lost; where that takes a restart, the process is another one afterwards. */
const lose = async (given: GivenMails, mailing: MailingProcess): Promise<MailingProcess> => {
  const jobs = await given.underTest.lose();
  if (jobs === given.jobs) return mailing;
  given.jobs = jobs;
  await mailing.stop();
  return given.process();
};

const mailed = (given: GivenMails, ...userIds: readonly string[]): Promise<void> =>
  eventually(() => userIds.every((userId) => given.sent.includes(userId)));

/** Somebody who joins last is mailed last: nothing else is on its way then. */
const onlyMailed = async (given: GivenMails, ...userIds: readonly string[]): Promise<void> => {
  await given.join('usr_last');
  await mailed(given, ...userIds, 'usr_last');
  await eventually(async () => (await given.jobs.counts('mail')).waiting === 0);
  expect(given.sent.toSorted()).toEqual([...userIds, 'usr_last'].toSorted());
};

/** What jobs derived from the log promise whatever becomes of their memory: each is done, and what was done is not done again. */
export const derivedJobsContract = (name: string, open: OpenJobs): void => {
  describe(`jobs derived from the log: ${name}`, () => {
    const given = givenMails(open);

    it('does after a loss what was not done before it, and only that', async () => {
      let mailing = await given.process();
      const stopWork = mailing.work();
      await given.join('usr_a', 'usr_b');
      await mailed(given, 'usr_a', 'usr_b');
      await stopWork();
      await given.join('usr_c', 'usr_d');
      await given.reacted(mailing);
      expect((await given.jobs.counts('mail')).waiting).toBe(2);
      mailing = await lose(given, mailing);
      mailing.work();
      await mailed(given, 'usr_c', 'usr_d');
      await onlyMailed(given, 'usr_a', 'usr_b', 'usr_c', 'usr_d');
    });

    it('reacts to each event once while nothing is lost, over a restart', async () => {
      const asked: bigint[] = [];
      given.enqueuing = ({ position }) => Promise.resolve(void asked.push(position));
      const first = await given.process();
      await given.join('usr_a', 'usr_b');
      await given.reacted(first);
      await first.stop();
      given.jobs = await given.underTest.reopen();
      const second = await given.process();
      second.work();
      await given.join('usr_c');
      await onlyMailed(given, 'usr_a', 'usr_b', 'usr_c');
      expect(asked).toEqual([1n, 2n, 3n, 4n]);
    });

    it('does all when a process was killed that had derived half of them', async () => {
      const { promise: killed, resolve: kill } = Promise.withResolvers<undefined>();
      given.enqueuing = ({ position }) => (position < 3n ? Promise.resolve() : killed);
      const first = await given.process();
      await given.join('usr_a', 'usr_b', 'usr_c', 'usr_d');
      expect(await first.runner.waitFor(2n, { timeoutMs: 4_000 })).toBe(true);
      given.jobs = await given.underTest.reopen();
      kill(undefined);
      await first.stop();
      (await given.process()).work();
      await onlyMailed(given, 'usr_a', 'usr_b', 'usr_c', 'usr_d');
    });

    it('derives again what came before an event that is parked', async () => {
      given.enqueuing = ({ type }) => (type === 'Moved' ? Promise.reject(new RangeError('never')) : Promise.resolve());
      let mailing = await given.process();
      await given.join('usr_a', 'usr_b');
      await record(given.log, 'user-usr_a', 'Moved', { userId: 'usr_a' });
      await given.reacted(mailing);
      expect(mailing.runner.status.parked).toBe(1);
      mailing = await lose(given, mailing);
      mailing.work();
      await onlyMailed(given, 'usr_a', 'usr_b');
      expect(mailing.runner.status.parked).toBe(1);
    });

    it('is not done again when the view store alone is lost', async () => {
      const first = await given.process();
      first.work();
      await given.join('usr_a', 'usr_b');
      await mailed(given, 'usr_a', 'usr_b');
      await eventually(async () => (await given.jobs.counts('mail')).waiting === 0);
      await first.stop();
      given.store = inMemoryViewStore();
      (await given.process()).work();
      await onlyMailed(given, 'usr_a', 'usr_b');
    });

    it('is not done again when the job is forgotten and enqueued once more', async () => {
      let mailing = await given.process();
      mailing.work();
      await given.join('usr_a');
      await mailed(given, 'usr_a');
      await eventually(async () => (await given.jobs.counts('mail')).waiting === 0);
      mailing = await lose(given, mailing);
      // By a process that does not look whether it was done.
      await given.jobs.enqueue({ id: 'usr_a', queue: 'mail', payload: {} });
      if (given.jobs !== given.underTest.jobs) mailing.work();
      await onlyMailed(given, 'usr_a');
    });
  });
};

/** Loses the memory at the first reaction to an event; says whether that has been. */
const losesOnceAt = (given: GivenMails, when: 'enqueuing' | 'enqueued', number: number): (() => boolean) => {
  let losses = 0;
  given[when] = async ({ position }) => {
    if (position !== BigInt(number) || losses > 0) return;
    await given.underTest.lose();
    losses += 1;
  };
  return () => losses > 0;
};

/** As {@link derivedJobsContract}, where the memory can be lost under processes that go on. */
export const jobsLostAtWorkContract = (name: string, open: OpenJobs): void => {
  describe(`jobs lost while they are worked on: ${name}`, () => {
    const given = givenMails(open);

    it('are not done twice by the process that is at them', async () => {
      const { promise: opened, resolve: openGate } = Promise.withResolvers<undefined>();
      const begun: string[] = [];
      given.sending = (userId) => {
        begun.push(userId);
        return userId === 'usr_a' ? opened : Promise.resolve();
      };
      const mailing = await given.process();
      mailing.work();
      await given.join('usr_a');
      await eventually(() => begun.length === 1);
      await given.underTest.lose();
      await eventually(async () => (await given.jobs.checkpoint('reactor/mails')).position === 1n);
      // Whoever comes later is mailed later: the first was handed out again by then.
      await given.join('usr_b');
      await mailed(given, 'usr_b');
      openGate(undefined);
      await onlyMailed(given, 'usr_a', 'usr_b');
      expect(begun.filter((userId) => userId === 'usr_a')).toHaveLength(1);
    });

    it.each([1, 2, 3])('are derived again when that happens as number %i was put on the queue', async (number) => {
      const isLost = losesOnceAt(given, 'enqueued', number);
      const mailing = await given.process();
      await given.join('usr_a', 'usr_b', 'usr_c');
      await eventually(async () => isLost() && (await given.jobs.counts('mail')).waiting === 3);
      mailing.work();
      await onlyMailed(given, 'usr_a', 'usr_b', 'usr_c');
    });

    it.each([1, 2, 3])('are derived again when that happens before number %i is put on the queue', async (number) => {
      const isLost = losesOnceAt(given, 'enqueuing', number);
      const mailing = await given.process();
      await given.join('usr_a', 'usr_b', 'usr_c');
      await eventually(async () => isLost() && (await given.jobs.counts('mail')).waiting === 3);
      mailing.work();
      await onlyMailed(given, 'usr_a', 'usr_b', 'usr_c');
    });
  });
};
