import { describe } from '@jest/globals';
import { givenServer } from './given-server.js';
import { eventstoredbSimulator } from './simulator-server.js';
import type { TestServer } from './test-server.js';

/** `describe` everywhere: without a server of the environment it is the simulator, which needs nothing installed. */
export const whereEventstoredb = describe;

/** The EventStoreDB of the environment, or a simulator of its own. */
export const eventstoredbServer = async (): Promise<TestServer> =>
  givenServer('EVENTSTOREDB_URL') ?? eventstoredbSimulator();
