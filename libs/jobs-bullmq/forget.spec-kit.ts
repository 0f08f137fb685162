import { Redis } from 'ioredis';
import { keyPrefix } from './names.js';

const forgetAll = `for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end`;

/** Removes all that an installation keeps in a Redis, at once and behind its back. */
export const forget = async (url: string, prefix: string): Promise<void> => {
  const redis = new Redis(url);
  try {
    await redis.eval(forgetAll, 0, `${keyPrefix(prefix)}:*`);
  } finally {
    redis.disconnect();
  }
};
