import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { streamCategories } from '#access/fact-stream.js';
import { randomId } from '#eventing/ids.js';
import { VaultLeases } from '#eventing/vault-leases.js';
import { bullmqJobs } from '#jobs-bullmq/jobs.js';
import type { EngineUrls } from '#platform/config.js';
import type { Logger } from '#platform/logging.js';
import { eventStoreDb } from '#store-eventstoredb/event-store.js';
import { openMongodb } from '#store-mongodb/open-mongodb.js';
import type { Engines } from './engines.js';
import { onceAMinute } from './once-a-minute.js';

/** The four stores on servers, and what this process alone has to close. */
export const openServers = async (urls: EngineUrls, dataDir: string, logger: Logger): Promise<Engines> => {
  const log = eventStoreDb({ connectionString: urls.eventStoreDb, categories: streamCategories });
  const closing: (() => Promise<void>)[] = [() => log.close()];
  const close = async (): Promise<void> => {
    await Promise.all(closing.map((closeOne) => closeOne()));
  };
  try {
    await log.ready();
    const mongodb = await openMongodb(urls.mongoDb, urls.vault === null ? {} : { vault: { url: urls.vault } });
    closing.push(() => mongodb.close());
    const jobs = await bullmqJobs(urls.redis, {
      onFault: onceAMinute((fault) => logger.warn({ context: 'jobs' }, fault)),
    });
    closing.push(() => jobs.close());
    const { views, vault } = mongodb;
    const leases = new VaultLeases(vault, randomId(hostname()), {
      onFault: (name, err) => logger.warn({ context: name, err }, 'work under a lease could not be started'),
    });
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const [masterKeyFile, mailFolder] = [join(dataDir, 'master.key'), join(dataDir, 'mails')];
    return { log, views, vault, jobs, leases, diskFaults: null, masterKeyFile, mailFolder, close };
  } catch (error) {
    await close();
    throw error;
  }
};
