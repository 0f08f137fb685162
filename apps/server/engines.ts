import type { EventStore } from '#eventing/event-store.js';
import type { Jobs } from '#eventing/jobs.js';
import type { Leases } from '#eventing/leases.js';
import type { Vault } from '#eventing/vault.js';
import type { ViewStore } from '#eventing/view-store.js';
import type { Logger } from '#platform/logging.js';
import type { FileOptions } from '#store-sqlite/database.js';
import { claimDataFolder } from '#store-sqlite/data-folder.js';
import { sqliteEventStore } from '#store-sqlite/event-store.js';
import { sqliteJobs } from '#store-sqlite/jobs.js';
import { sqliteVault } from '#store-sqlite/vault.js';
import { sqliteViewStore } from '#store-sqlite/view-store.js';
import { onceAMinute } from './once-a-minute.js';
import { DiskFaults } from './disk-faults.js';

/** The four stores that the product runs on, and where else it keeps files. */
export interface Engines {
  readonly log: EventStore;
  readonly views: ViewStore;
  readonly vault: Vault;
  readonly jobs: Jobs;
  /** Between the processes that share the engines; null where this process has them to itself. */
  readonly leases: Leases | null;
  /** What the files of this process fail with; null where there are none. */
  readonly diskFaults: DiskFaults | null;
  /** Where the master key is kept when the environment gives none. */
  readonly masterKeyFile: string;
  readonly mailFolder: string;
  /** Closes the stores and gives back what this process alone had. */
  close(): Promise<void>;
}

/**
 * The embedded profile: everything in one folder, owned by this process alone.
 * @throws DataFolderInUse; StoreUnavailable in a line that names the file that can't be used
 */
export const openEmbedded = async (dataDir: string, logger?: Logger): Promise<Engines> => {
  const folder = await claimDataFolder(dataDir);
  const diskFaults = new DiskFaults(onceAMinute((fault) => logger?.error({ context: 'disk' }, fault)));
  const open = <Store>(store: (path: string, options: FileOptions) => Store, name: string): Store => {
    const path = folder.file(name);
    return store(path, diskFaults.of(path));
  };
  const log = open(sqliteEventStore, 'events.db');
  const views = open(sqliteViewStore, 'views.db');
  const vault = open(sqliteVault, 'vault.db');
  const jobs = open(sqliteJobs, 'jobs.db');
  return {
    log,
    views,
    vault,
    jobs,
    leases: null,
    diskFaults,
    masterKeyFile: folder.file('master.key'),
    mailFolder: folder.file('mails'),
    close: async () => {
      await Promise.all([log.close(), views.close(), vault.close(), jobs.close()]);
      folder.release();
    },
  };
};
