import type { Jobs } from '../jobs.js';

/** Jobs under test. `reopen` lets go of them as a killed process would, whatever runs, and opens the same ones again. */
export interface JobsUnderTest {
  readonly jobs: Jobs;
  reopen(): Promise<Jobs>;
  /** Loses all that was kept; gives what to go on with, which are the same jobs where that happens behind their back. */
  lose(): Promise<Jobs>;
  dispose(): Promise<void>;
}

/** Opens empty ones. */
export type OpenJobs = () => Promise<JobsUnderTest>;
