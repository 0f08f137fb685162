import { jobsContract } from '../contracts/jobs.contract.js';
import { inMemoryJobs, type JobsMemory } from './jobs.js';

jobsContract('in memory', () => {
  const memory: JobsMemory = new Map();
  let jobs = inMemoryJobs(memory);
  return Promise.resolve({
    jobs,
    reopen: async () => {
      await jobs.close();
      return (jobs = inMemoryJobs(memory));
    },
    dispose: () => jobs.close(),
  });
});
