import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Job, Jobs } from '#eventing/jobs.js';
import { startCheckpoint } from '#eventing/view-store.js';
import { Random } from '../../../system/random.js';

/** A reactor makes the job of an event and moves its checkpoint behind it; a worker does the first job that waits. */
export interface JobsStep {
  readonly step: 'react' | 'do';
  readonly event: number;
}

const queue = 'mail';
const reactor = 'mailing';
export const jobIdOf = (event: number): string => `job_${event}`;

/** The same for the same seed: one step after the other, jobs done in the order they came. */
export const jobsPlan = (seed: number, steps: number): readonly JobsStep[] => {
  const random = new Random(seed);
  let [made, done] = [0, 0];
  return Array.from({ length: steps }, (): JobsStep => {
    const step = done < made && random.below(2) === 0 ? 'do' : 'react';
    return { step, event: step === 'do' ? (done += 1) : (made += 1) };
  });
};

/** Reacts to all events up to one, from the checkpoint on. */
export const reactUpTo = async (jobs: Jobs, event: number): Promise<void> => {
  let checkpoint = await jobs.checkpoint(reactor);
  while (checkpoint.position < BigInt(event)) {
    const position = checkpoint.position + 1n;
    await jobs.enqueue({ id: jobIdOf(Number(position)), queue, payload: { event: Number(position) } });
    const moved = await jobs.advance(reactor, checkpoint, { ...startCheckpoint, position });
    if (!moved) throw new Error(`the checkpoint does not move from ${checkpoint.position}`);
    checkpoint = { ...checkpoint, position };
  }
};

/** Does so many jobs, one after the other; gives the ids of those that were handed out. */
export const doJobs = async (jobs: Jobs, count: number): Promise<readonly string[]> => {
  const handedOut: string[] = [];
  if (count === 0) return handedOut;
  const over = Promise.withResolvers<undefined>();
  const handle = async ({ id }: Job): Promise<void> => {
    handedOut.push(id);
    await nextTurn();
    if (handedOut.length === count) over.resolve(stop().then(() => undefined));
  };
  const stop = jobs.work(queue, handle, { concurrency: 1 });
  await over.promise;
  return handedOut;
};

export const waitingJobs = async (jobs: Jobs): Promise<number> => (await jobs.counts(queue)).waiting;
export const reactedUpTo = async (jobs: Jobs): Promise<number> => Number((await jobs.checkpoint(reactor)).position);
