import { describe } from '@jest/globals';
import { givenServer, isRequired } from './given-server.js';
import { isMongodbInstalled, ownMongodbServer } from './own-mongodb.js';
import type { TestServer } from './test-server.js';

const isOurs = isRequired('mongodb') || isMongodbInstalled();

/** `describe` where a MongoDB can be had, or must be. */
export const whereMongodb = isOurs || givenServer('MONGODB_URL') !== undefined ? describe : describe.skip;

/** As {@link whereMongodb}, for what kills its MongoDB: never one that the environment gave. */
export const whereOwnMongodb = isOurs ? describe : describe.skip;

/** The MongoDB of the environment, or one of its own. */
export const mongodbServer = async (): Promise<TestServer> => givenServer('MONGODB_URL') ?? ownMongodbServer();

export { ownMongodbServer };
