import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestServer } from './test-server.js';

/** A server's process with a folder of its own, started: it can be killed and started again, and ends with this process. */
export interface OwnProcess extends Omit<TestServer, 'url'> {
  readonly signal: (signal: NodeJS.Signals) => void;
}

/** `begin` spawns it on the folder, `untilReady` resolves once it serves. */
export const ownProcess = async (
  name: string,
  begin: (folder: string) => ChildProcess,
  untilReady: (child: ChildProcess) => Promise<void>,
): Promise<OwnProcess> => {
  const folder = await mkdtemp(join(tmpdir(), `grantrail-${name}-`));
  let running: ChildProcess | undefined;
  const signal: OwnProcess['signal'] = (given) => void running?.kill(given);
  const killNow = (): void => signal('SIGKILL');
  process.once('exit', killNow);

  const kill = async (given: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    const ending = running;
    running = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill(given);
    await ended;
  };
  const start = async (): Promise<void> => {
    running = begin(folder);
    await untilReady(running);
  };
  const dispose = async (): Promise<void> => {
    process.off('exit', killNow);
    await kill();
    await rm(folder, { recursive: true, force: true });
  };
  await start();
  return { kill, start, dispose, signal };
};
