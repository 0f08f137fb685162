import { derivedJobsContract, jobsLostAtWorkContract } from '../contracts/derived-jobs.contract.js';
import type { JobsUnderTest } from '../contracts/jobs-given.contract.js';
import { jobsContract } from '../contracts/jobs.contract.js';
import { inMemoryJobs, jobsMemory, loseMemory } from './jobs.js';

const open = (): Promise<JobsUnderTest> => {
  const memory = jobsMemory();
  let jobs = inMemoryJobs(memory);
  return Promise.resolve({
    jobs,
    reopen: async () => {
      await jobs.close();
      return (jobs = inMemoryJobs(memory));
    },
    lose: () => {
      loseMemory(memory);
      return Promise.resolve(jobs);
    },
    dispose: () => jobs.close(),
  });
};

jobsContract('in memory', open);
derivedJobsContract('in memory', open);
jobsLostAtWorkContract('in memory', open);
