import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deployment } from '../../../system/deployment.js';
import { eventsIn } from '../../../system/log-file.js';

const mount = (...words: readonly string[]): unknown => execFileSync('mount', words);
const filler = 'filler';

/** The data folder on a disk of its own. */
export const onSmallDisk = (folder: string): Promise<Deployment> => {
  mount('-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', folder);
  return Promise.resolve({
    processes: [{ env: {} }],
    events: () => Promise.resolve(eventsIn(folder)),
    dispose: () => {
      execFileSync('umount', [folder]);
      return rm(folder, { recursive: true });
    },
  });
};

/** Takes all room that is left. */
export const fill = (folder: string): void => {
  const file = openSync(join(folder, filler), 'w');
  const block = Buffer.alloc(4_096, 1);
  try {
    for (;;) writeSync(file, block);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
};

export const makeRoom = (folder: string): void => rmSync(join(folder, filler));

/** Nobody may have a file of the folder open. */
export const setReadOnly = (folder: string, isReadOnly: boolean): unknown =>
  mount('-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, folder);
