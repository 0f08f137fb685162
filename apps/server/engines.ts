import { chmodSync, mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { streamCategories } from '#access/fact-stream.js';
import type { EventStore } from '#eventing/event-store.js';
import { randomId } from '#eventing/ids.js';
import type { Jobs } from '#eventing/jobs.js';
import type { Leases } from '#eventing/leases.js';
import type { Vault } from '#eventing/vault.js';
import { VaultLeases } from '#eventing/vault-leases.js';
import type { ViewStore } from '#eventing/view-store.js';
import { bullmqJobs } from '#jobs-bullmq/jobs.js';
import type { EngineUrls } from '#platform/config.js';
import type { Logger } from '#platform/logging.js';
import { eventStoreDb } from '#store-eventstoredb/event-store.js';
import { openMongodb } from '#store-mongodb/open-mongodb.js';
import { claimDataFolder } from '#store-sqlite/data-folder.js';
import { sqliteEventStore } from '#store-sqlite/event-store.js';
import { sqliteJobs } from '#store-sqlite/jobs.js';
import { sqliteVault } from '#store-sqlite/vault.js';
import { sqliteViewStore } from '#store-sqlite/view-store.js';

/** The four stores that the product runs on, and where else it keeps files. */
export interface Engines {
  readonly log: EventStore;
  readonly views: ViewStore;
  readonly vault: Vault;
  readonly jobs: Jobs;
  /** Between the processes that share the engines; null where this process has them to itself. */
  readonly leases: Leases | null;
  /** Where the master key is kept when the environment gives none. */
  readonly masterKeyFile: string;
  readonly mailFolder: string;
  /** Closes the stores and gives back what this process alone had. */
  close(): Promise<void>;
}

const minuteMs = 60_000;

/** Tells the same thing once a minute: every worker meets an engine that is away again and again. */
const onceAMinute = (tell: (fault: string) => void): ((fault: string) => void) => {
  const toldAt = new Map<string, number>();
  return (fault) => {
    const now = performance.now();
    for (const [told, at] of toldAt) if (now - at >= minuteMs) toldAt.delete(told);
    if (toldAt.has(fault)) return;
    toldAt.set(fault, now);
    tell(fault);
  };
};

/** The embedded profile: everything in one folder, owned by this process alone. @throws DataFolderInUse */
export const openEmbedded = async (dataDir: string): Promise<Engines> => {
  const folder = await claimDataFolder(dataDir);
  chmodSync(dataDir, 0o700);
  const log = sqliteEventStore(folder.file('events.db'));
  const views = sqliteViewStore(folder.file('views.db'));
  const vault = sqliteVault(folder.file('vault.db'));
  const jobs = sqliteJobs(folder.file('jobs.db'));
  return {
    log,
    views,
    vault,
    jobs,
    leases: null,
    masterKeyFile: folder.file('master.key'),
    mailFolder: folder.file('mails'),
    close: async () => {
      await Promise.all([log.close(), views.close(), vault.close(), jobs.close()]);
      folder.release();
    },
  };
};

/** The distributed profile: servers that any number of processes share. @throws StoreUnavailable in a line that names the one that can't be used */
export const openDistributed = async (urls: EngineUrls, dataDir: string, logger: Logger): Promise<Engines> => {
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
    return { log, views, vault, jobs, leases, masterKeyFile, mailFolder, close };
  } catch (error) {
    await close();
    throw error;
  }
};
