import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectWholeStreams } from '../../../system/invariants.js';
import { eventsIn } from '../../../system/log-file.js';
import { Random, seedOfRun } from '../../../system/random.js';
import { amount } from '../../amount.js';
import { deathsIn, liveThrough, runChild } from './children.js';
import { layHistory } from './history.js';
import { openFolder } from './opened-folder.js';
import { trials } from './reactor-effects.js';
import { mailViews } from './sent-mails.js';

const kills = amount({ whole: 500, part: 6 });
const killsOfControl = amount({ whole: 50, part: 6 });
/** Moments of so many kinds are struck at least. */
const kindsOfDeath = amount({ whole: 4, part: 2 });
/** Things to do: enough of them for all lives. */
const things = amount({ whole: 700, part: 60 });
const batchSize = 8;
const seed = seedOfRun();
const random = new Random(seed);
let folder: string;

/** A folder in which a reactor has everything to do yet, while the views are kept up. */
const begun = async (name: string): Promise<string> => {
  const path = join(folder, name);
  await mkdir(path);
  await layHistory(path, trials[name]!.happen(things));
  const opened = await openFolder(path);
  const views = mailViews(opened);
  await views.start();
  for (const { view } of views.status()) await views.waitFor(view, await opened.log.head());
  await views.stop();
  await opened.close();
  return path;
};

const copyOf = async (path: string, place: string): Promise<string> => {
  const copy = join(folder, place);
  await cp(path, copy, { recursive: true });
  return copy;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grantrail-reactors-killed-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(Object.entries(trials))(`%s, its process killed ${kills} times, seed ${seed}`, (name, trial) => {
  const { child, wrongs } = trial;
  let path: string;
  let moments: number;

  const run =
    (place: string, control = '') =>
    (dieAt: number) =>
      runChild(child, [place, name, dieAt, batchSize, control]);

  beforeAll(async () => {
    path = await begun(name);
    const { output } = await run(await copyOf(path, `${name}-whole`))(0);
    moments = Number(output);
  }, 240_000);

  it(
    'did all there was to do, and nothing more often than it was killed over it',
    async () => {
      const lives = await copyOf(path, `${name}-killed`);
      expect(await liveThrough({ kills, moments, random, run: run(lives) })).toBe(kills);
      const deaths = await deathsIn(lives);
      expect(deaths).toHaveLength(kills);
      expect(new Set(deaths.map(({ at }) => at)).size).toBeGreaterThanOrEqual(kindsOfDeath);
      expect(await wrongs(lives)).toEqual({ undone: [], overdone: [] });
      const log = eventsIn(lives);
      expectWholeStreams(log);
      expect(new Set(log.map(({ id }) => id)).size).toBe(log.length);
    },
    kills * 10_000,
  );

  if (trial.hasCheckpoint)
    it('is caught when it moves the checkpoint before it works', async () => {
      const control = await copyOf(path, `${name}-control`);
      await liveThrough({ kills: killsOfControl, moments, random, run: run(control, 'checkpoint-first') });
      expect((await wrongs(control)).undone).not.toEqual([]);
    }, 600_000);
});
