import { describe } from '@jest/globals';
import { isRedisInstalled, ownRedisServer } from './redis-server.js';
import type { TestServer } from './test-server.js';

const given = process.env['REDIS_URL'];
const isRequired = (process.env['REQUIRE_STORES'] ?? '').split(',').includes('redis');
const isOurs = isRequired || isRedisInstalled();

/** `describe` where a Redis can be had, or must be. */
export const whereRedis = given !== undefined || isOurs ? describe : describe.skip;

/** As {@link whereRedis}, for what kills its Redis or configures it: never one that the environment gave. */
export const whereOwnRedis = isOurs ? describe : describe.skip;

const outside = (url: string): TestServer => {
  const refuse = (): Promise<void> => Promise.reject(new Error('REDIS_URL names a server that is not ours to stop'));
  return { url, kill: refuse, start: refuse, dispose: () => Promise.resolve() };
};

/** The Redis of the environment, or one of its own. */
export const redisServer = (): Promise<TestServer> =>
  given === undefined ? ownRedisServer() : Promise.resolve(outside(given));
