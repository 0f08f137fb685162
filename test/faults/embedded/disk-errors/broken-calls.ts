import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Fault {
  /** Calls to the kernel, separated by commas. */
  readonly calls: string;
  readonly error: 'EIO' | 'ENOSPC';
  /** Begins with so many calls of a file (default 1). */
  readonly from?: number;
}

/** Makes calls of a running process on a database fail, from now on until what it gives is called. */
export const breakCalls = async (
  pid: number,
  path: string,
  { calls, error, from = 1 }: Fault,
): Promise<() => Promise<void>> => {
  const files = [path, `${path}-wal`].flatMap((file) => ['-P', file]);
  const words = [...files, '-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}:when=${from}+`];
  const strace = spawn('strace', ['-f', '-p', String(pid), '-o', '/dev/null', ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lines = createInterface({ input: strace.stderr })[Symbol.asyncIterator]();
  // It attaches to all threads before it says so for the first time.
  const { value } = (await lines.next()) as { value?: string };
  if (value?.includes(' attached') !== true) throw new Error(`strace could not attach: ${String(value)}`);
  strace.stderr.resume();
  return async () => {
    strace.kill('SIGTERM');
    await once(strace, 'close');
  };
};
