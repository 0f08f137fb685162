import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../../system/random.js';
import { LossyDisk } from './lossy-disk.js';
import { newFolder, type Recording } from './recording.js';

/** Looks at what a cut left in a folder, given the last thing that was acknowledged before it; throws when that is not as it must be. */
export type Check = (folder: string, acknowledged: number, random: Random) => Promise<void>;

/** Cuts the power at so many moments of a recording; gives what was wrong after which of them. */
export const faultsAfterCuts = async (
  { folder, calls }: Recording,
  cuts: number,
  random: Random,
  check: Check,
): Promise<readonly string[]> => {
  const moments = Array.from({ length: cuts }, () => random.below(calls.length + 1)).sort((a, b) => a - b);
  const disk = new LossyDisk(folder);
  const place = newFolder('cut');
  const faults: string[] = [];
  let taken = 0;
  let acknowledged = 0;
  for (const [cut, moment] of moments.entries()) {
    for (const call of calls.slice(taken, moment)) {
      disk.take(call);
      if (call.call === 'told') acknowledged = Math.max(acknowledged, Number(call.text));
    }
    taken = moment;
    const found = join(place, String(cut));
    mkdirSync(found);
    for (const [name, bytes] of disk.afterCut(random)) writeFileSync(join(found, name), bytes);
    try {
      await check(found, acknowledged, random);
    } catch (error) {
      faults.push(`cut ${cut} after ${moment} calls, ${acknowledged} acknowledged: ${String(error)}`);
    }
    rmSync(found, { recursive: true });
  }
  rmSync(place, { recursive: true });
  return faults;
};
