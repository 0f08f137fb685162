import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Random } from '../../../system/random.js';
import type { Died } from './death.js';

const here = import.meta.dirname;
const preload = join(here, 'compiled.js');

export interface Ended {
  readonly killed: boolean;
  /** What it had printed. */
  readonly output: string;
}

/** Runs a child of this folder on the built product to its end; `within` are words put before the command. */
export const runChild = async (
  file: string,
  words: readonly (string | number)[],
  within: readonly string[] = [],
): Promise<Ended> => {
  const node = [process.execPath, '--no-warnings', '--import', preload, join(here, file), ...words.map(String)];
  const [command, ...rest] = [...within, ...node] as [string, ...string[]];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  const [output, errors] = await said;
  const killed = signal === 'SIGKILL';
  if (!killed && code !== 0) throw new Error(`${file} ${words.join(' ')} ended with ${code ?? signal}: ${errors}`);
  return { killed, output };
};

export interface Lives {
  /** How often it is killed. */
  readonly kills: number;
  /** Of a run that is never killed: how many moments it has to die at. */
  readonly moments: number;
  readonly random: Random;
  /** Runs the child once on its folder, to die at the n-th moment; see {@link runChild}. */
  readonly run: (dieAt: number) => Promise<Ended>;
}

/** Starts a child again and again, killed each time but the last; gives how often it was. */
export const liveThrough = async ({ kills, moments, random, run }: Lives): Promise<number> => {
  // However long they are, all of them together never come to the end.
  const longest = Math.floor(moments / kills);
  for (let killed = 0; killed < kills; killed += 1) if (!(await run(1 + random.below(longest))).killed) return killed;
  await run(0);
  return kills;
};

/** How the children of a folder died. */
export const deathsIn = async (folder: string): Promise<readonly Died[]> => {
  const lines = await readFile(join(folder, 'deaths'), 'utf8');
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Died);
};
