import { readFileSync } from 'node:fs';

/** For how long (ms) the main thread of a process could have run, but others had the processors; 0 where the kernel does not tell. */
export const processorWaitMs = (pid: number): number => {
  try {
    const [, waitedNs = '0'] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
    return Number(waitedNs) / 1e6;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return 0;
    throw error;
  }
};
