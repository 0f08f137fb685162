import { describe } from '@jest/globals';
import { isMongodbInstalled, ownMongodbServer } from './own-mongodb.js';
import type { TestServer } from './test-server.js';

const given = process.env['MONGODB_URL'];
const isRequired = (process.env['REQUIRE_STORES'] ?? '').split(',').includes('mongodb');

/** `describe` where a MongoDB can be had, or must be. */
export const whereMongodb = given !== undefined || isRequired || isMongodbInstalled() ? describe : describe.skip;

/** As {@link whereMongodb}, for what kills its MongoDB: never one that the environment gave. */
export const whereOwnMongodb = isRequired || isMongodbInstalled() ? describe : describe.skip;

const outside = (url: string): TestServer => {
  const refuse = (): Promise<void> => Promise.reject(new Error('MONGODB_URL names a server that is not ours to stop'));
  return { url, kill: refuse, start: refuse, dispose: () => Promise.resolve() };
};

/** The MongoDB of the environment, or one of its own. */
export const mongodbServer = (): Promise<TestServer> =>
  given === undefined ? ownMongodbServer() : Promise.resolve(outside(given));

export { ownMongodbServer };
