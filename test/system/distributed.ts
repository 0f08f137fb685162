import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { streamCategories } from '#access/fact-stream.js';
import { eventStoreDb } from '#store-eventstoredb/event-store.js';
import { ownMongodbServer } from '../servers/own-mongodb.js';
import { ownRedisServer } from '../servers/redis-server.js';
import { eventstoredbSimulator } from '../servers/simulator-server.js';
import type { TestServer } from '../servers/test-server.js';
import type { Deployment } from './deployment.js';
import type { LoggedEvent } from './log-file.js';

/** The engines of one installation, each a server of its own. */
export interface TestEngines {
  readonly eventstoredb: TestServer;
  readonly mongodb: TestServer;
  readonly redis: TestServer;
}

export const startEngines = async (): Promise<TestEngines> => {
  const [eventstoredb, mongodb, redis] = await Promise.all([
    eventstoredbSimulator(),
    ownMongodbServer(),
    ownRedisServer(),
  ]);
  return { eventstoredb, mongodb, redis };
};

/** What every process of an installation on these engines is started with. */
export const environmentOn = (
  { eventstoredb, mongodb, redis }: TestEngines,
  { GRANTRAIL_MASTER_KEY = randomBytes(32).toString('base64') }: Readonly<Record<string, string>> = {},
): Record<string, string> => ({
  GRANTRAIL_PROFILE: 'distributed',
  GRANTRAIL_EVENTSTOREDB_URL: eventstoredb.url,
  GRANTRAIL_MONGODB_URL: mongodb.url,
  GRANTRAIL_REDIS_URL: redis.url,
  GRANTRAIL_MASTER_KEY,
});

/** Every event of a log, in order. */
export const eventsOn = async (connectionString: string): Promise<readonly LoggedEvent[]> => {
  const log = eventStoreDb({ connectionString, categories: streamCategories });
  const events: LoggedEvent[] = [];
  try {
    for await (const batch of log.follow({ after: 0n, signal: new AbortController().signal })) {
      for (const event of batch.events)
        events.push({ ...event, position: Number(event.position), revision: Number(event.revision) });
      if (batch.live) break;
    }
  } finally {
    await log.close();
  }
  return events;
};

/** Two processes that serve, one of them also works, and one that only works. */
export const distributedDeployment = async (folder: string): Promise<Deployment> => {
  const engines = await startEngines();
  const env = environmentOn(engines);
  return {
    processes: ['api,worker', 'api', 'worker'].map((parts) => ({ env: { ...env, GRANTRAIL_PARTS: parts } })),
    events: () => eventsOn(engines.eventstoredb.url),
    dispose: async () => {
      await Promise.all(Object.values(engines).map((engine: TestServer) => engine.dispose()));
      await rm(folder, { recursive: true, force: true });
    },
  };
};
