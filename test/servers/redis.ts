import { describe } from '@jest/globals';
import { givenServer, isRequired } from './given-server.js';
import { isRedisInstalled, ownRedisServer } from './redis-server.js';
import type { TestServer } from './test-server.js';

const isOurs = isRequired('redis') || isRedisInstalled();

/** `describe` where a Redis can be had, or must be. */
export const whereRedis = isOurs || givenServer('REDIS_URL') !== undefined ? describe : describe.skip;

/** As {@link whereRedis}, for what kills its Redis or configures it: never one that the environment gave. */
export const whereOwnRedis = isOurs ? describe : describe.skip;

/** The Redis of the environment, or one of its own. */
export const redisServer = async (): Promise<TestServer> => givenServer('REDIS_URL') ?? ownRedisServer();
