import type { Redis } from 'ioredis';
import type { Checkpoints } from '#eventing/checkpoints.js';
import { randomId } from '#eventing/ids.js';
import { beginning, formatPosition } from '#eventing/position.js';
import { startCheckpoint } from '#eventing/view-store.js';
import { keyPrefix } from './names.js';
import { answerOf } from './redis.js';

// One hash holds the id of the memory and every checkpoint as "<position> <recordedAt>": no part of it is lost alone.

/** KEYS: the hash; ARGV: an id for the memory if it has none yet, the name */
const read = `
redis.call('HSETNX', KEYS[1], 'memory', ARGV[1])
return redis.call('HMGET', KEYS[1], 'memory', ARGV[2])`;

/** KEYS: the hash; ARGV: the memory it was read from, the name, the position it stands at, the beginning, the new text */
const moveOn = `
local kept = redis.call('HMGET', KEYS[1], 'memory', ARGV[2])
if kept[1] ~= ARGV[1] then return 0 end
if string.sub(kept[2] or ARGV[4], 1, 20) ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[5])
return 1`;

/** Checkpoints in the memory of a Redis. @throws StoreUnavailable */
export const redisCheckpoints = (redis: Redis, prefix: string): Checkpoints => {
  const key = `${keyPrefix(prefix)}:checkpoints`;
  const fieldOf = (name: string): string => `at ${name}`;
  return {
    checkpoint: async (name) => {
      const answer = redis.eval(read, 1, key, randomId('mem'), fieldOf(name));
      const [memory, text] = (await answerOf(answer)) as [string, string | null];
      if (text === null) return { ...startCheckpoint, memory };
      const [position = '', recordedAt = ''] = text.split(' ');
      return { position: BigInt(position), recordedAt, memory };
    },
    advance: async (name, from, to) => {
      const places = [formatPosition(from.position), formatPosition(beginning)];
      const text = `${formatPosition(to.position)} ${to.recordedAt}`;
      const answer = redis.eval(moveOn, 1, key, from.memory ?? '', fieldOf(name), ...places, text);
      return (await answerOf(answer)) === 1;
    },
  };
};
