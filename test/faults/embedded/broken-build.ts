import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deployment } from '../../system/deployment.js';
import { deploymentIn } from '../../system/tested-profile.js';

const root = new URL('../../../', import.meta.url).pathname;

/** One place of the built server, written otherwise. */
export interface Break {
  /** Within `dist`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const breakIn = (dist: string, { file, from, to }: Break): void => {
  const path = join(dist, file);
  const parts = readFileSync(path, 'utf8').split(from);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times ${from}, not once`);
  writeFileSync(path, parts.join(to));
};

/** How to deploy a copy of the built server in which some places are broken. The copy is removed with the deployment. */
export const brokenBuild =
  (...breaks: readonly Break[]) =>
  async (dataFolder: string): Promise<Deployment> => {
    const copy = mkdtempSync(join(tmpdir(), 'grantrail-broken-'));
    cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true });
    cpSync(join(root, 'package.json'), join(copy, 'package.json'));
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const broken of breaks) breakIn(join(copy, 'dist'), broken);
    const whole = await deploymentIn(dataFolder);
    const entry = join(copy, 'dist/apps/server/main.js');
    return {
      ...whole,
      processes: whole.processes.map((one) => ({ ...one, entry })),
      dispose: async () => {
        await whole.dispose();
        rmSync(copy, { recursive: true });
      },
    };
  };
