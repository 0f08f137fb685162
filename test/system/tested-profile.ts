import { rm } from 'node:fs/promises';
import type { Deployment } from './deployment.js';
import { distributedDeployment } from './distributed.js';
import { eventsIn } from './log-file.js';

export type TestedProfile = 'embedded' | 'distributed';

/** The profile that the whole-system tests run on: only the configuration differs. */
export const profile: TestedProfile =
  process.env['GRANTRAIL_TEST_PROFILE'] === 'distributed' ? 'distributed' : 'embedded';

const embeddedDeployment = (folder: string): Deployment => ({
  processes: [{ env: {} }],
  events: () => Promise.resolve(eventsIn(folder)),
  dispose: () => rm(folder, { recursive: true, force: true }),
});

export const deploymentIn = async (folder: string): Promise<Deployment> =>
  profile === 'embedded' ? embeddedDeployment(folder) : distributedDeployment(folder);
