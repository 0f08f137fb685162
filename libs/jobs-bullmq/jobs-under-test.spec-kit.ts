import type { JobsUnderTest } from '#eventing/contracts/jobs-given.contract.js';
import { bullmqJobs } from './jobs.js';

/** Jobs under a prefix of their own, as the contracts take them; `lose` empties what keeps them. */
export const jobsUnderTest = async (
  url: string,
  prefix: string,
  lose: () => Promise<unknown>,
): Promise<JobsUnderTest> => {
  let jobs = await bullmqJobs(url, { prefix });
  return {
    jobs,
    reopen: async () => {
      await jobs.close();
      return (jobs = await bullmqJobs(url, { prefix }));
    },
    lose: async () => {
      await lose();
      return jobs;
    },
    dispose: () => jobs.close(),
  };
};
