import type { EventStore, RecordedEvent } from '../event-store.js';
import type { Vault, WrappedKey } from '../vault.js';
import type { ViewStore } from '../view-store.js';
import { copyKept, requireNoViews } from './copy-kept.js';
import { copiedSoFar, copyLog } from './copy-log.js';
import { copyVault, requireOnlyOf, vaultDigest, type VaultDigest } from './copy-vault.js';
import { logDigest, type LogDigest } from './log-digest.js';
import { MigrationRefused } from './refused.js';

/** What is copied: the log and the vault; and of the views only what can't be built anew. */
export interface Stores {
  readonly log: EventStore;
  readonly vault: Vault;
  readonly views: ViewStore;
}

export interface Migration {
  readonly source: Stores;
  readonly target: Stores;
  /** The id of the source's log. */
  readonly logId: string;
  /** Is shown every wrapped key before anything is copied; throws when it can't be used at the target. */
  readonly requireKey: (key: WrappedKey) => void;
  /** Whether an event is the one that {@link renew} appends. */
  readonly isRenewal: (event: RecordedEvent) => boolean;
  /** Gives the target's log an id of its own, once all is copied and verified. */
  readonly renew: () => Promise<void>;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: MigrationProgress) => void;
}

export interface MigrationProgress {
  readonly stage: 'vault' | 'log' | 'verify';
  readonly done: bigint;
  /** Entries of the vault; positions of the log. */
  readonly of: bigint;
}

export interface Migrated {
  /** Of the source and, the same, of the target. */
  readonly log: LogDigest;
  readonly vault: VaultDigest;
  /** Whether it had been finished before, and was only verified. */
  readonly wasDone: boolean;
}

/**
 * Copies an installation to empty engines: ids, revisions, times and order stay, positions become the target's own, and where each
 * was is kept. Nothing may work on either side meanwhile. Broken off anywhere and run again, it goes on; the last event it
 * appends, after verifying, makes the copy a log of its own.
 * @throws MigrationRefused, StoreUnavailable, and what the signal was aborted with
 */
export const migrate = async (migration: Migration): Promise<Migrated> => {
  const { source, target, logId, isRenewal, signal, onProgress = () => undefined } = migration;
  const vault = await vaultDigest(source.vault, migration.requireKey);
  const keeping = { source: source.views, target: target.views, logId };
  await requireOnlyOf(source.vault, target.vault);
  const copy = { source: source.log, target: target.log, store: target.views, logId, isRenewal, signal };
  const soFar = await copiedSoFar(copy);
  if (!soFar.isRenewed) {
    await requireNoViews(target.views);
    const entries = BigInt(vault.keys + vault.tombstones + vault.claims);
    let done = 0n;
    await copyVault(source.vault, target.vault, signal, () => {
      done += 1n;
      onProgress({ stage: 'vault', done, of: entries });
    });
    const head = await source.log.head();
    await copyLog(copy, soFar, (position) => onProgress({ stage: 'log', done: position, of: head }));
    await copyKept(keeping);
  }
  const log = await verified(migration, vault);
  if (!soFar.isRenewed) await migration.renew();
  return { log, vault, wasDone: soFar.isRenewed };
};

const differ = (what: string, source: object, target: object): never => {
  const [here, there] = [source, target].map((digest) => JSON.stringify(digest));
  throw new MigrationRefused(
    `The ${what} of the target differs from the source’s (${there}, not ${here}): empty the target and begin again`,
  );
};

/** Both sides are read anew, from their first entry to their last. */
const verified = async (
  { source, target, isRenewal, signal, onProgress = () => undefined }: Migration,
  vault: VaultDigest,
): Promise<LogDigest> => {
  const copiedVault = await vaultDigest(target.vault);
  if (copiedVault.sha256 !== vault.sha256) differ('vault', vault, copiedVault);
  const head = await target.log.head();
  const [log, copiedLog] = await Promise.all([
    logDigest(source.log, () => false),
    logDigest(target.log, isRenewal, (position) => {
      signal.throwIfAborted();
      onProgress({ stage: 'verify', done: position, of: head });
    }),
  ]);
  if (log.events > copiedLog.events)
    throw new MigrationRefused('The source was written to meanwhile: stop its servers and migrate again');
  if (copiedLog.sha256 !== log.sha256) differ('log', log, copiedLog);
  return log;
};
