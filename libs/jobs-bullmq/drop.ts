import type { Job, JobType, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { JsonObject } from '#eventing/json.js';

type BullQueue = Queue<JsonObject, void>;
type BullJob = Job<JsonObject, void>;

/** Delayed ones first: what moves on from there is met again where it waits. */
const states = ['delayed', 'wait', 'failed'] as const satisfies readonly JobType[];
const pageSize = 1_000;

/**
 * BullMQ's own removal also takes what was done meanwhile, and with it the memory that it was.
 * KEYS: delayed, wait, failed, the job; ARGV: its id
 */
const dropUndone = `
local held = redis.call('ZREM', KEYS[1], ARGV[1]) + redis.call('LREM', KEYS[2], 1, ARGV[1]) + redis.call('ZREM', KEYS[3], ARGV[1])
if held > 0 then redis.call('DEL', KEYS[4]) end
return held`;

/** Drops the jobs that nobody works on and that are meant; gives how many there were. */
export const dropFrom = async (redis: Redis, queue: BullQueue, isMeant: (job: BullJob) => boolean): Promise<number> => {
  const lists = states.map((state) => queue.toKey(state));
  let dropped = 0;
  for (const state of states)
    for (const id of await idsIn(queue, state, isMeant))
      dropped += Number(await redis.eval(dropUndone, lists.length + 1, ...lists, queue.toKey(id), id));
  return dropped;
};

/** Latest first: what is added or taken meanwhile moves none of the rest out of sight. */
const idsIn = async (queue: BullQueue, state: JobType, isMeant: (job: BullJob) => boolean): Promise<Set<string>> => {
  const ids = new Set<string>();
  for (let start = 0; ; start += pageSize) {
    const page = await queue.getJobs([state], start, start + pageSize - 1);
    if (page.length === 0) return ids;
    for (const job of page) if (isMeant(job)) ids.add(job.id ?? '');
  }
};
