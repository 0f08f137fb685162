import { randomId } from '../ids.js';
import type { JobChange, JobTable } from '../job-table.js';
import { jobsOver } from '../jobs-over-table.js';
import type { JobAttempt, Jobs } from '../jobs.js';
import type { JsonObject } from '../json.js';
import { startCheckpoint, type Checkpoint } from '../view-store.js';

interface KeptJob {
  readonly queue: string;
  readonly id: string;
  readonly payload: string;
  state: 'waiting' | 'failed' | 'done';
  attempt: number;
  /** While waiting when it is due, afterwards when that came to be. */
  at: number;
  error: string;
}

/** What outlives the closing of in-memory jobs, for specs that open them again. */
export interface JobsMemory {
  id: string;
  /** By queue and id. */
  readonly jobs: Map<string, KeptJob>;
  readonly checkpoints: Map<string, Checkpoint>;
}

/** An empty memory for {@link inMemoryJobs}. */
export const jobsMemory = (): JobsMemory => ({ id: randomId('mem'), jobs: new Map(), checkpoints: new Map() });

/** Empties a memory, also under jobs that are open. */
export const loseMemory = (memory: JobsMemory): void => {
  memory.id = randomId('mem');
  memory.jobs.clear();
  memory.checkpoints.clear();
};

const nameOf = (queue: string, id: string): string => JSON.stringify([queue, id]);
const payloadOf = (job: KeptJob): JsonObject => JSON.parse(job.payload) as JsonObject;
const attemptOf = (job: KeptJob): JobAttempt => ({
  id: job.id,
  queue: job.queue,
  payload: payloadOf(job),
  attempt: job.attempt,
});

const apply = ({ jobs }: JobsMemory, change: JobChange): void => {
  if (change.change === 'prune') {
    for (const [name, job] of jobs) if (job.state === 'done' && job.at < change.doneBefore) jobs.delete(name);
    return;
  }
  const name = nameOf(change.queue, change.id);
  const kept = jobs.get(name);
  if (change.change === 'enqueue') {
    const { queue, id, payload, due } = change;
    if (kept === undefined) jobs.set(name, { queue, id, payload, state: 'waiting', attempt: 1, at: due, error: '' });
  } else if (kept === undefined) {
    return;
  } else if (change.change === 'done') {
    Object.assign(kept, { state: 'done', at: change.at });
  } else if (change.change === 'retry') {
    Object.assign(kept, { attempt: change.attempt, at: change.due });
  } else {
    Object.assign(kept, { state: 'failed', at: change.at, error: change.error });
  }
};

const tableOf = (memory: JobsMemory): JobTable => {
  const inState = (queue: string, state: KeptJob['state']): KeptJob[] =>
    [...memory.jobs.values()].filter((job) => job.queue === queue && job.state === state).sort((a, b) => a.at - b.at);
  const checkpoint = (name: string): Checkpoint => ({
    ...(memory.checkpoints.get(name) ?? startCheckpoint),
    memory: memory.id,
  });
  return {
    write: (changes) => {
      for (const change of changes) apply(memory, change);
    },
    due: (queue, now, limit) =>
      inState(queue, 'waiting')
        .filter((job) => job.at <= now)
        .slice(0, limit)
        .map(attemptOf),
    nextDue: (queue, now) => inState(queue, 'waiting').find((job) => job.at > now)?.at,
    drop: (queue, field, value) => {
      const dropped = [...inState(queue, 'waiting'), ...inState(queue, 'failed')].filter(
        (job) => payloadOf(job)[field] === value,
      );
      for (const job of dropped) memory.jobs.delete(nameOf(queue, job.id));
      return dropped.length;
    },
    counts: (queue) => ({ waiting: inState(queue, 'waiting').length, failed: inState(queue, 'failed').length }),
    failed: (queue) =>
      inState(queue, 'failed').map((job) => ({ id: job.id, queue, payload: payloadOf(job), error: job.error })),
    checkpoint,
    advance: (name, from, to) => {
      if (from.memory !== memory.id || checkpoint(name).position !== from.position) return false;
      memory.checkpoints.set(name, to);
      return true;
    },
    close: () => undefined,
  };
};

/** Jobs that last as long as the process (or the memory given to them). Small numbers only: every look scans them all. */
export const inMemoryJobs = (memory: JobsMemory = jobsMemory()): Jobs => jobsOver(tableOf(memory));
