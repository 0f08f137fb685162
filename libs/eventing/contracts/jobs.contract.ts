import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobAttempt, Jobs } from '../jobs.js';
import { jobsCheckpointsContract } from './jobs-checkpoints.contract.js';
import type { JobsUnderTest, OpenJobs } from './jobs-given.contract.js';

const patienceMs = 20_000;
const lookEveryMs = 5;

const eventually = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  const end = Date.now() + patienceMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`did not come to hold within ${patienceMs} ms: ${holds.toString()}`);
    await sleep(lookEveryMs);
  }
};

/** A handler's own gate: it waits there until the test opens it. */
const gate = (): { readonly opened: Promise<void>; readonly open: () => void } => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { opened: promise, open: () => resolve(undefined) };
};

/** What every queue holds to. Each test opens one of its own. */
export const jobsContract = (name: string, open: OpenJobs): void => {
  describe(`jobs contract: ${name}`, () => {
    jobsCheckpointsContract(open);

    let underTest: JobsUnderTest;
    let jobs: Jobs;
    const gates: (() => void)[] = [];
    const newGate = (): ReturnType<typeof gate> => {
      const made = gate();
      gates.push(made.open);
      return made;
    };

    beforeEach(async () => {
      underTest = await open();
      jobs = underTest.jobs;
    });
    afterEach(async () => {
      for (const openGate of gates.splice(0)) openGate();
      await underTest.dispose();
    });

    const enqueue = (id: string, queue = 'mail', payload = {}): Promise<void> => jobs.enqueue({ id, queue, payload });
    /** Works on a queue, noting what was handled. */
    const collect = (queue = 'mail', options = {}): { done: JobAttempt[]; stop: () => Promise<void> } => {
      const done: JobAttempt[] = [];
      const stop = jobs.work(
        queue,
        (job) => {
          done.push(job);
          return Promise.resolve();
        },
        options,
      );
      return { done, stop };
    };
    const settled = (queue = 'mail'): Promise<void> => eventually(async () => (await jobs.counts(queue)).waiting === 0);
    /** A job that comes after all that is due now: once it was handled, nothing else is on its way. */
    const handledAfter = async (done: readonly JobAttempt[], queue = 'mail'): Promise<void> => {
      await enqueue('last', queue);
      await eventually(() => done.some(({ id }) => id === 'last'));
    };

    it('hands over what was enqueued before and after the worker came', async () => {
      await jobs.enqueue({
        id: 'one',
        queue: 'mail',
        payload: { userId: 'usr_a', issue: 2, deep: { list: [1, null] } },
      });
      const { done } = collect();
      await eventually(() => done.length === 1);
      expect(done[0]).toMatchObject({
        id: 'one',
        queue: 'mail',
        payload: { userId: 'usr_a', issue: 2, deep: { list: [1, null] } },
        attempt: 1,
      });
      await enqueue('two');
      await eventually(() => done.length === 2);
      await settled();
    });

    it('keeps jobs across a restart', async () => {
      await enqueue('one');
      jobs = await underTest.reopen();
      expect((await jobs.counts('mail')).waiting).toBe(1);
      const { done } = collect();
      await eventually(() => done.length === 1);
    });

    it('hands over in the order of coming when one at a time', async () => {
      const ids = Array.from({ length: 20 }, (_, number) => `job-${number}`);
      for (const id of ids) await enqueue(id);
      const { done } = collect('mail', { concurrency: 1 });
      await eventually(() => done.length === ids.length);
      expect(done.map(({ id }) => id)).toEqual(ids);
    });

    it('takes the same id once, however often and at whatever time it comes', async () => {
      await Promise.all([enqueue('one'), enqueue('one'), enqueue('one')]);
      expect((await jobs.counts('mail')).waiting).toBe(1);
      const first = collect();
      await eventually(() => first.done.length === 1);
      await settled();
      await enqueue('one');
      await handledAfter(first.done);
      expect(first.done.map(({ id }) => id)).toEqual(['one', 'last']);
    });

    it('takes any text as an id, and as the name of a queue', async () => {
      const ids = [
        '',
        '7',
        '-1',
        'a:b',
        'a:b:c',
        'a%3Ab',
        'wait',
        'meta',
        'id-7',
        'é ☂',
        '{a}',
        `'"\n`,
        'x'.repeat(300),
      ];
      for (const queue of ['mail', 'mail:2']) {
        for (const id of ids) await enqueue(id, queue, { of: id });
        expect((await jobs.counts(queue)).waiting).toBe(ids.length);
        const { done } = collect(queue, { concurrency: 1 });
        await eventually(() => done.length === ids.length);
        expect(done.map(({ id }) => id)).toEqual(ids);
        expect(done.map(({ payload }) => payload['of'])).toEqual(ids);
        await settled(queue);
      }
    });

    it('does not take an id again that was done before a restart', async () => {
      await enqueue('one');
      const first = collect();
      await eventually(() => first.done.length === 1);
      await settled();
      jobs = await underTest.reopen();
      const second = collect();
      await enqueue('one');
      await handledAfter(second.done);
      expect(second.done.map(({ id }) => id)).toEqual(['last']);
    });

    it('waits for the time a job names', async () => {
      const notBefore = Date.now() + 300;
      const times = new Map<string, number>();
      jobs.work('mail', (job) => {
        times.set(job.id, Date.now());
        return Promise.resolve();
      });
      await jobs.enqueue({ id: 'later', queue: 'mail', payload: {}, notBefore });
      await enqueue('now');
      await eventually(() => times.size === 2);
      expect(times.get('now')).toBeLessThan(notBefore);
      expect(times.get('later')).toBeGreaterThanOrEqual(notBefore);
    });

    it('tries again with growing waits, then keeps the job as failed with its error', async () => {
      const tries: { attempt: number; at: number }[] = [];
      const options = { attempts: 3, backoffMs: 40 };
      const stop = jobs.work(
        'mail',
        ({ attempt }) => {
          tries.push({ attempt, at: Date.now() });
          return Promise.reject(new Error(`refused ${attempt}`));
        },
        options,
      );
      await enqueue('one', 'mail', { userId: 'usr_a' });
      await eventually(async () => (await jobs.counts('mail')).failed === 1);
      expect(tries.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
      const [first, second, third] = tries.map(({ at }) => at) as [number, number, number];
      // A timer may fire a millisecond early by the wall clock.
      expect(second - first).toBeGreaterThanOrEqual(38);
      expect(third - second).toBeGreaterThanOrEqual(78);
      expect(await jobs.counts('mail')).toEqual({ waiting: 0, failed: 1 });
      await stop();
      jobs = await underTest.reopen();
      expect(await jobs.failed('mail')).toEqual([
        expect.objectContaining({ id: 'one', queue: 'mail', payload: { userId: 'usr_a' }, error: 'refused 3' }),
      ]);
      await enqueue('one');
      expect(await jobs.counts('mail')).toEqual({ waiting: 0, failed: 1 });
    });

    it('does a job again that failed once, while others go on', async () => {
      const seen: string[] = [];
      jobs.work(
        'mail',
        ({ id, attempt }) => {
          seen.push(`${id}/${attempt}`);
          return id === 'bad' && attempt === 1 ? Promise.reject(new Error('refused')) : Promise.resolve();
        },
        { backoffMs: 10, concurrency: 1 },
      );
      await enqueue('bad');
      await enqueue('good');
      await eventually(() => seen.length === 3);
      expect(new Set(seen)).toEqual(new Set(['bad/1', 'good/1', 'bad/2']));
      await settled();
      expect(await jobs.failed('mail')).toEqual([]);
    });

    it('lists the failed ones oldest first', async () => {
      jobs.work('mail', () => Promise.reject(new Error('refused')), { attempts: 1, concurrency: 1 });
      for (const [number, id] of ['one', 'two', 'three'].entries()) {
        await enqueue(id);
        await eventually(async () => (await jobs.counts('mail')).failed === number + 1);
      }
      expect((await jobs.failed('mail')).map(({ id }) => id)).toEqual(['one', 'two', 'three']);
    });

    it('does a job again that was in work when the process died', async () => {
      const { opened } = newGate();
      let begun = false;
      jobs.work('mail', () => {
        begun = true;
        return opened;
      });
      await enqueue('one');
      await eventually(() => begun);
      jobs = await underTest.reopen();
      const { done } = collect();
      await eventually(() => done.some(({ id }) => id === 'one'));
      await settled();
    }, 30_000);

    it('runs as many at a time as it may and no more', async () => {
      const { opened, open: openGate } = newGate();
      let now = 0;
      let most = 0;
      let done = 0;
      jobs.work(
        'mail',
        async () => {
          now += 1;
          most = Math.max(most, now);
          await opened;
          now -= 1;
          done += 1;
        },
        { concurrency: 3 },
      );
      await Promise.all(Array.from({ length: 9 }, (_, number) => enqueue(`job-${number}`)));
      await eventually(() => now === 3);
      openGate();
      await eventually(() => done === 9);
      expect(most).toBe(3);
    });

    it('keeps two queues apart', async () => {
      await enqueue('same', 'mail', { of: 'mail' });
      await enqueue('same', 'webhooks', { of: 'webhooks' });
      const { done } = collect('mail');
      await handledAfter(done);
      expect(done.map(({ payload }) => payload['of'])).toEqual(['mail', undefined]);
      expect((await jobs.counts('webhooks')).waiting).toBe(1);
      expect(await jobs.drop('mail', 'of', 'webhooks')).toBe(0);
      const hooks = collect('webhooks');
      await eventually(() => hooks.done.length === 1);
      expect(hooks.done[0]?.payload['of']).toBe('webhooks');
    });

    it('allows one worker a queue', () => {
      collect();
      expect(() => collect()).toThrow();
    });

    it('drops waiting and failed jobs by a field of their payload', async () => {
      const stop = jobs.work('mail', () => Promise.reject(new Error('refused')), { attempts: 1 });
      await enqueue('failed-a', 'mail', { userId: 'usr_a' });
      await enqueue('failed-b', 'mail', { userId: 'usr_b' });
      await eventually(async () => (await jobs.counts('mail')).failed === 2);
      await stop();
      await enqueue('waiting-a', 'mail', { userId: 'usr_a' });
      const notBefore = Date.now() + 3_600_000;
      await jobs.enqueue({ id: 'later-a', queue: 'mail', payload: { userId: 'usr_a' }, notBefore });
      await enqueue('waiting-b', 'mail', { userId: 'usr_b', note: 'usr_a' });
      await enqueue('number', 'mail', { userId: 5 });
      expect(await jobs.drop('mail', 'userId', '5')).toBe(0);
      expect(await jobs.drop('mail', 'userId', 'usr_a')).toBe(3);
      expect(await jobs.drop('mail', 'userId', 'usr_a')).toBe(0);
      expect((await jobs.failed('mail')).map(({ id }) => id)).toEqual(['failed-b']);
      const { done } = collect();
      await handledAfter(done);
      expect(new Set(done.map(({ id }) => id))).toEqual(new Set(['waiting-b', 'number', 'last']));
    });

    it('stops taking jobs, waits for those in work, and can be taken up again', async () => {
      const { opened, open: openGate } = newGate();
      const seen: string[] = [];
      let finished = false;
      const stop = jobs.work(
        'mail',
        async ({ id }) => {
          seen.push(id);
          await opened;
          finished = true;
        },
        { concurrency: 1 },
      );
      await enqueue('one');
      await enqueue('two');
      await eventually(() => seen.length === 1);
      let stopped = false;
      const stopping = stop().then(() => {
        stopped = true;
        return finished;
      });
      await enqueue('three');
      expect(stopped).toBe(false);
      openGate();
      expect(await stopping).toBe(true);
      expect(seen).toEqual(['one']);
      expect((await jobs.counts('mail')).waiting).toBe(2);
      const { done } = collect();
      await eventually(() => done.length === 2);
      expect(new Set(done.map(({ id }) => id))).toEqual(new Set(['two', 'three']));
    });

    it('counts nothing in an unknown queue', async () => {
      expect(await jobs.counts('none')).toEqual({ waiting: 0, failed: 0 });
      expect(await jobs.failed('none')).toEqual([]);
    });
  });
};
