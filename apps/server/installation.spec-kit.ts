import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Access } from '#access/access.js';
import { startInstallation } from '#access/processes/start-platform.js';
import { inMemoryEventStore, type InMemoryLog, inMemoryLog } from '#eventing/in-memory/event-store.js';
import { inMemoryJobs, type JobsMemory, jobsMemory } from '#eventing/in-memory/jobs.js';
import { inMemoryVault, vaultMemory } from '#eventing/in-memory/vault.js';
import { inMemoryViewStore } from '#eventing/in-memory/view-store.js';
import { readConfig } from '#platform/config.js';
import { createLogger } from '#platform/logging.js';
import type { Engines } from './engines.js';
import { Installation } from './installation.js';

export { busOf, keyed, operator, run } from './commands.spec-kit.js';

/** An installation's stores, which outlive the processes that work on them. */
export interface Kept {
  readonly folder: string;
  readonly log: InMemoryLog;
  readonly jobs: JobsMemory;
  readonly engines: () => Engines;
  readonly remove: () => Promise<void>;
}

export const kept = (): Kept => {
  const folder = mkdtempSync(join(tmpdir(), 'grantrail-installation-'));
  const log = inMemoryLog();
  const [vault, views] = [vaultMemory(), inMemoryViewStore()];
  const jobs = jobsMemory();
  return {
    folder,
    log,
    jobs,
    engines: () => ({
      log: inMemoryEventStore({ log }),
      vault: inMemoryVault(vault),
      jobs: inMemoryJobs(jobs),
      views,
      leases: null,
      diskFaults: null,
      masterKeyFile: join(folder, 'master.key'),
      mailFolder: join(folder, 'mails'),
      close: () => Promise.resolve(),
    }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};

const masterKey = randomBytes(32).toString('base64');

export const installationOn = (engines: Engines, env: Readonly<Record<string, string>> = {}): Installation => {
  const config = readConfig({ LOG_LEVEL: 'silent', GRANTRAIL_MASTER_KEY: masterKey, ...env });
  return new Installation(config, engines, createLogger({ level: 'silent' }));
};

/** What a process does first, without its views and reactors. */
export const prepared = async (installation: Installation): Promise<Access> => {
  await startInstallation(installation.access, { given: null, issued: [] });
  return installation.access;
};
