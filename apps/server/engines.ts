import type { EventStore } from '#eventing/event-store.js';
import type { Jobs } from '#eventing/jobs.js';
import type { Leases } from '#eventing/leases.js';
import type { Vault } from '#eventing/vault.js';
import type { ViewStore } from '#eventing/view-store.js';
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

/** The embedded profile: everything in one folder, owned by this process alone. @throws DataFolderInUse */
export const openEmbedded = async (dataDir: string): Promise<Engines> => {
  const folder = await claimDataFolder(dataDir);
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
