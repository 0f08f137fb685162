import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Jobs } from '../jobs.js';
import { startCheckpoint, type Checkpoint } from '../view-store.js';
import type { JobsUnderTest, OpenJobs } from './jobs-given.contract.js';

const checkpointAt = (position: bigint): Checkpoint => ({ position, recordedAt: `2027-01-01T00:00:00.00${position}Z` });

/** What {@link Jobs} hold to as the place of checkpoints: they are lost with the jobs, never without. */
export const jobsCheckpointsContract = (open: OpenJobs): void => {
  describe('checkpoints kept with the jobs', () => {
    let underTest: JobsUnderTest;
    let jobs: Jobs;
    beforeEach(async () => {
      underTest = await open();
      jobs = underTest.jobs;
    });
    afterEach(() => underTest.dispose());

    it('start at the beginning, in one memory for all that race to be first and over a restart', async () => {
      const asked = await Promise.all(['mails', 'mails', 'reports', 'mails'].map((name) => jobs.checkpoint(name)));
      const memory = asked[0]!.memory;
      expect(memory).toEqual(expect.stringMatching(/./));
      for (const checkpoint of asked) expect(checkpoint).toEqual({ ...startCheckpoint, memory });
      expect(await (await underTest.reopen()).checkpoint('mails')).toEqual({ ...startCheckpoint, memory });
    });

    it('advance from where they stand, each by itself, beyond 2^53 and over a restart', async () => {
      const start = await jobs.checkpoint('mails');
      const far = checkpointAt(9_007_199_254_740_993n);
      expect(await jobs.advance('mails', start, checkpointAt(5n))).toBe(true);
      expect(await jobs.advance('mails', { ...start, ...checkpointAt(5n) }, far)).toBe(true);
      expect(await jobs.checkpoint('reports')).toEqual(start);
      const reopened = await underTest.reopen();
      expect(await reopened.checkpoint('mails')).toEqual({ ...start, ...far });
      const rounded = { ...start, ...checkpointAt(9_007_199_254_740_992n) };
      expect(await reopened.advance('mails', rounded, checkpointAt(9_007_199_254_740_999n))).toBe(false);
      expect(await reopened.advance('mails', { ...start, ...far }, checkpointAt(9_007_199_254_740_994n))).toBe(true);
    });

    it('advance from nowhere else', async () => {
      const start = await jobs.checkpoint('mails');
      expect(await jobs.advance('mails', { ...start, ...checkpointAt(3n) }, checkpointAt(5n))).toBe(false);
      await jobs.advance('mails', start, checkpointAt(5n));
      expect(await jobs.advance('mails', start, checkpointAt(7n))).toBe(false);
      expect(await jobs.checkpoint('mails')).toEqual({ ...start, ...checkpointAt(5n) });
    });

    it('let exactly one of many that race win', async () => {
      const start = await jobs.checkpoint('mails');
      const goals = [5n, 6n, 7n, 8n, 9n].map(checkpointAt);
      const won = await Promise.all(goals.map((to) => jobs.advance('mails', start, to)));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await jobs.checkpoint('mails')).toEqual({ ...start, ...goals[won.indexOf(true)] });
    });

    it('are lost with the jobs, and nobody goes on from what was read before', async () => {
      const start = await jobs.checkpoint('mails');
      await jobs.enqueue({ id: 'one', queue: 'mail', payload: {} });
      await jobs.advance('mails', start, checkpointAt(5n));
      jobs = await underTest.lose();
      expect(await jobs.counts('mail')).toEqual({ waiting: 0, failed: 0 });
      expect(await jobs.advance('mails', start, checkpointAt(6n))).toBe(false);
      expect(await jobs.advance('mails', { ...start, ...checkpointAt(5n) }, checkpointAt(6n))).toBe(false);
      const next = await jobs.checkpoint('mails');
      expect(next).toEqual({ ...startCheckpoint, memory: next.memory });
      expect(next.memory).not.toBe(start.memory);
      // Where both stand at the beginning, the memory alone tells them apart.
      expect(await jobs.advance('mails', start, checkpointAt(6n))).toBe(false);
      expect(await jobs.advance('mails', next, checkpointAt(6n))).toBe(true);
    });
  });
};
