import { describe } from '@jest/globals';
import { isRequired } from './given-server.js';
import { isMongodbInstalled } from './own-mongodb.js';
import { isRedisInstalled } from './redis-server.js';

const isHere = isRedisInstalled() && isMongodbInstalled();

/** `describe` where all engines of the distributed profile can be started, or must be. */
export const whereCluster = isHere || isRequired('mongodb') || isRequired('redis') ? describe : describe.skip;
