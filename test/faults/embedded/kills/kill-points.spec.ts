import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whereStrace } from '../../../servers/where-strace.js';
import { expectWholeStreams } from '../../../system/invariants.js';
import { eventsIn } from '../../../system/log-file.js';
import { Random, seedOfRun } from '../../../system/random.js';
import { amount } from '../../amount.js';
import { countsByType, logLeftIn, lostOf, saidIn } from '../acknowledged.js';
import { runChild } from './children.js';
import type { Said } from './scenario.js';
import { type Call, callsIn, type Phase, phases, traced } from './system-calls.js';

const points = amount({ whole: 300, part: 7 });
const pointsOfControl = amount({ whole: 20, part: 4 });
const readyWithinMs = 2_000;
const seed = seedOfRun();
const random = new Random(seed);
const names = Object.keys(phases) as Phase[];
const planned = Array.from({ length: points }, (_, n) => ({ point: n + 1, phase: names[n % names.length]! }));

/** One of them, each name as often as the others: a file is written far more often than it is synced or cut. */
const oneOf = (calls: readonly Call[]): Call =>
  random.of(random.of([...Map.groupBy(calls, ({ name }) => name).values()])!)!;

whereStrace(`${points} kills at a system call, seed ${seed}`, () => {
  let base: string;
  /** What a scenario that nobody kills leaves in the log. */
  let whole: ReadonlyMap<string, number>;
  const callsOf = new Map<Phase, readonly Call[]>();
  /** From each start until it was ready, less the wait for processors. */
  const readyMs: number[] = [];
  let struck = 0;

  /** A folder as the phase finds it. */
  const given = async (phase: Phase): Promise<string> => {
    const folder = await mkdtemp(join(base, 'data-'));
    if (phase === 'open of a full folder') await cp(join(base, 'full'), folder, { recursive: true });
    return folder;
  };

  const trace = async (phase: Phase): Promise<readonly Call[]> => {
    const folder = await given(phase);
    await runChild('scenario-child.ts', [folder], traced(folder));
    return callsIn(folder);
  };

  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'grantrail-kill-points-'));
    await runChild('scenario-child.ts', [join(base, 'full'), 'crash']);
    whole = countsByType(await logLeftIn(join(base, 'full')));
    const [ofEmpty, ofFull] = [await trace('open of an empty folder'), await trace('open of a full folder')];
    for (const phase of names)
      callsOf.set(phase, (phase === 'open of a full folder' ? ofFull : ofEmpty).filter(phases[phase]));
  }, 120_000);
  afterAll(() => rm(base, { recursive: true, force: true }));

  /** Kills a scenario at one of the calls of a phase. Now and then another run takes fewer calls to the same end. */
  const killedIn = async (phase: Phase, control = ''): Promise<{ folder: string; said: readonly Said[] }> => {
    for (;;) {
      const folder = await given(phase);
      const within = traced(folder, oneOf(callsOf.get(phase)!));
      const { killed, output } = await runChild('scenario-child.ts', [folder, 'close', control], within);
      if (!killed) continue;
      if (phases[phase]((await callsIn(folder)).at(-1)!)) struck += 1;
      return { folder, said: saidIn(output) };
    }
  };

  it('has calls of every phase to kill at', () => {
    expect([...callsOf].filter(([, calls]) => calls.length < 4)).toEqual([]);
  });

  it.each(planned)(
    'point $point: $phase',
    async ({ phase }) => {
      const { folder, said } = await killedIn(phase);
      expect(lostOf(said, await logLeftIn(folder))).toEqual([]);

      const before = Date.now();
      const again = saidIn((await runChild('scenario-child.ts', [folder, 'prove'])).output);
      const log = eventsIn(folder);
      expectWholeStreams(log);
      expect(lostOf([...said, ...again], log)).toEqual([]);
      // The same commands again have made it the same history: nothing is missing, and nothing there twice.
      expect(countsByType(log)).toEqual(whole);
      const views = again.filter((answer) => 'view' in answer);
      expect(views.filter(({ equal }) => !equal)).toEqual([]);
      expect(views.length).toBeGreaterThan(4);
      for (const answer of again) if ('ready' in answer) readyMs.push(answer.ready - before - answer.processorWaitMs);
      await rm(folder, { recursive: true, force: true });
    },
    60_000,
  );

  it('struck in the phases that it meant', () => {
    expect(struck).toBeGreaterThan(points / 2);
  });

  it('is ready again within two seconds each time', () => {
    expect(readyMs).toHaveLength(points);
    expect(Math.max(...readyMs)).toBeLessThan(readyWithinMs);
  });

  it('is caught when it answers before it commits', async () => {
    const lost: string[] = [];
    for (let point = 0; point < pointsOfControl; point += 1) {
      const { folder, said } = await killedIn('commit of commands', 'early');
      lost.push(...lostOf(said, await logLeftIn(folder)));
    }
    expect(lost).not.toEqual([]);
  }, 600_000);
});
