import { rm } from 'node:fs/promises';
import { distributedDeployment } from './distributed.js';
import { eventsIn, type LoggedEvent } from './log-file.js';

/** What the processes of one installation are started with, and where its log is read beside them. */
export interface Deployment {
  /** A process for each; what it is given beside the common environment. */
  readonly processes: readonly Readonly<Record<string, string>>[];
  /** Every event of the log, in order. */
  readonly events: () => Promise<readonly LoggedEvent[]>;
  /** Removes what was kept, once the processes have ended. */
  readonly dispose: () => Promise<void>;
}

export type TestedProfile = 'embedded' | 'distributed';

/** The profile that the whole-system tests run on: only the configuration differs. */
export const profile: TestedProfile =
  process.env['GRANTRAIL_TEST_PROFILE'] === 'distributed' ? 'distributed' : 'embedded';

const embeddedDeployment = (folder: string): Deployment => ({
  processes: [{}],
  events: () => Promise.resolve(eventsIn(folder)),
  dispose: () => rm(folder, { recursive: true, force: true }),
});

export const deploymentIn = async (folder: string): Promise<Deployment> =>
  profile === 'embedded' ? embeddedDeployment(folder) : distributedDeployment(folder);
