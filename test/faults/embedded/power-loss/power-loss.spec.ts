import { expect, it } from '@jest/globals';
import { Random, seedOfRun } from '../../../system/random.js';
import { amount } from '../../amount.js';
import { jobsCheck, logCheck, vaultCheck } from './checks.js';
import { type Check, faultsAfterCuts } from './cuts.js';
import { jobsPlan } from './jobs-plan.js';
import { logPlan, plannedLog, type LogStyle } from './log-plan.js';
import { LossyDisk } from './lossy-disk.js';
import { recorded, type Recording } from './recording.js';
import type { Call } from './trace.js';
import { vaultPlan } from './vault-plan.js';
import { whereStrace } from '../where-strace.js';

const seed = seedOfRun();
const isTold = ({ call }: Call): boolean => call === 'told';
const patienceMs = 1_200_000;

/** Something that writes, recorded; and how what a cut leaves of it is looked at. */
type Recorded = (seed: number, broken?: string) => Promise<{ readonly recording: Recording; readonly check: Check }>;

const log =
  (style: LogStyle): Recorded =>
  async (of, broken) => ({
    recording: await recorded('write-log.ts', 'events.db', [String(of), JSON.stringify(style)], broken),
    check: logCheck(plannedLog(logPlan(of, style))),
  });
const vaultSteps = 120;
const vault: Recorded = async (of, broken) => ({
  recording: await recorded('write-vault.ts', 'vault.db', [String(of), String(vaultSteps)], broken),
  check: await vaultCheck(vaultPlan(of, vaultSteps)),
});
const jobSteps = 120;
const jobs: Recorded = async (of, broken) => ({
  recording: await recorded('write-jobs.ts', 'jobs.db', [String(of), String(jobSteps)], broken),
  check: jobsCheck(jobsPlan(of, jobSteps)),
});
/** Long enough for checkpoints that the store begins by itself. */
const long = log({ steps: 650, moves: 0 });
const moved = log({ steps: 60, moves: 30 });

whereStrace(`the power fails, seed ${seed}`, () => {
  const random = new Random(seed);

  it.each([
    {
      name: 'a log with checkpoints, restarts and reopenings',
      write: moved,
      recordings: { whole: 10, part: 2 },
      cuts: { whole: 1_000, part: 110 },
    },
    { name: 'a long log', write: long, recordings: { whole: 2, part: 1 }, cuts: { whole: 1_000, part: 60 } },
    { name: 'a vault', write: vault, recordings: { whole: 4, part: 1 }, cuts: { whole: 2_000, part: 120 } },
    { name: 'jobs', write: jobs, recordings: { whole: 4, part: 1 }, cuts: { whole: 1_000, part: 100 } },
  ])(
    'and $name: all that was acknowledged is there, whole, and it goes on',
    async ({ write, recordings, cuts }) => {
      for (let number = 0; number < amount(recordings); number += 1) {
        const { recording, check } = await write(random.below(2 ** 31));
        expect(await faultsAfterCuts(recording, amount(cuts), random, check)).toEqual([]);
      }
    },
    patienceMs,
  );

  it.each([
    ['a log', moved],
    ['a long log', long],
    ['a vault', vault],
    ['jobs', jobs],
  ])(
    'and all that %s wrote is known, checkpoints and new beginnings of its write-ahead log among it',
    async (_, write) => {
      const { recording } = await write(random.below(2 ** 31));
      const { folder, calls, files } = recording;
      const disk = new LossyDisk(folder);
      for (const call of calls) disk.take(call);
      const known = disk.whole();
      expect([...known.keys()]).toEqual([...files.keys()]);
      for (const [name, bytes] of files) expect(Buffer.compare(bytes, known.get(name)!)).toBe(0);

      const [first, last] = [calls.findIndex(isTold), calls.findLastIndex(isTold)];
      const atWork = calls.slice(first, last).filter((call) => call.call === 'write');
      expect(atWork.filter(({ path }) => path.endsWith('.db'))).not.toEqual([]);
      expect(atWork.filter(({ path, offset }) => path.endsWith('-wal') && offset === 0)).not.toEqual([]);
    },
    patienceMs,
  );

  it.each([
    ['a log whose commits are not synced', moved, 'synchronous-normal.js'],
    ['a log that acknowledges before it commits', moved, 'commit-later.js'],
    ['a vault whose commits are not synced', vault, 'synchronous-normal.js'],
    ['jobs that are done, but not synced', jobs, 'synchronous-normal.js'],
  ])(
    'and %s is caught',
    async (_, write, broken) => {
      const { recording, check } = await write(random.below(2 ** 31), broken);
      const faults = await faultsAfterCuts(recording, 40, random, check);
      expect(faults.length).toBeGreaterThan(5);
    },
    patienceMs,
  );
});
