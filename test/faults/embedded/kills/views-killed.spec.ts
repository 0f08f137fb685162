import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventTypes } from '#access/events.js';
import { digestOf } from '#eventing/digest.js';
import type { Verification } from '#eventing/rebuild.js';
import { Random, seedOfRun } from '../../../system/random.js';
import { amount } from '../../amount.js';
import { deathsIn, liveThrough, runChild } from './children.js';
import { layHistory, wholeLife } from './history.js';
import { allViews, keptView, openFolder, viewNamed } from './opened-folder.js';

const kills = amount({ whole: 500, part: 5 });
const killsOfControl = amount({ whole: 50, part: 5 });
/** Of events between two checkpoints: so few that no life comes far. */
const batchSize = amount({ whole: 2, part: 16 });
const steps = 8_000;
const seed = seedOfRun();
const random = new Random(seed);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grantrail-views-killed-'));
  const history = join(folder, 'history');
  await mkdir(history);
  const events = await layHistory(history, wholeLife(seed, steps));
  expect(events.length).toBeGreaterThan(2_000);
  const types = new Set(events.map(({ type }) => type));
  expect(Object.keys(eventTypes).filter((type) => !types.has(type))).toEqual([]);
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The history and one view of it that is live and empty. */
const begun = async (name: string, place: string): Promise<string> => {
  const path = join(folder, place);
  await cp(join(folder, 'history'), path, { recursive: true });
  const opened = await openFolder(path);
  const view = viewNamed(name);
  await opened.views.promote(await opened.views.create(name, view.version, view));
  await opened.close();
  return path;
};

/** Compares what lives have made of a view with what a rebuild makes of the log alone. */
const proof = async (name: string, path: string): Promise<Verification> => {
  const opened = await openFolder(path);
  const { kept, end } = keptView(opened, viewNamed(name), opened.views, 500);
  try {
    await kept.start();
    return await kept.verify((live, position) => digestOf(opened.views.scan(live), position));
  } finally {
    await end();
    await opened.close();
  }
};

const momentsOf = async (name: string): Promise<number> => {
  const path = await begun(name, `${name}-whole`);
  const { output } = await runChild('view-child.ts', [path, name, 0, batchSize]);
  return Number(output);
};

/** Kinds of moments that a process died at. */
const struck = new Set<string>();
const everywhere = ['after the checkpoint', 'before rows', 'before the checkpoint', 'in mid rows'];

describe(`a view whose process is killed ${kills} times, seed ${seed}`, () => {
  it.each(allViews.map(({ name }) => name))(
    '%s is as a rebuild makes it',
    async (name) => {
      const moments = await momentsOf(name);
      const path = await begun(name, name);
      const run = (dieAt: number) => runChild('view-child.ts', [path, name, dieAt, batchSize]);
      expect(await liveThrough({ kills, moments, random, run })).toBe(kills);
      const deaths = await deathsIn(path);
      expect(deaths).toHaveLength(kills);
      for (const { at } of deaths) struck.add(at);
      expect(await proof(name, path)).toMatchObject({ equal: true });
      await rm(path, { recursive: true, force: true });
    },
    kills * 10_000,
  );

  it('died at every kind of moment', () => {
    expect([...struck].sort()).toEqual(everywhere);
  });

  it('is caught when it moves the checkpoint before it writes the rows', async () => {
    const name = 'audit-log';
    const moments = await momentsOf(name);
    const path = await begun(name, 'control');
    const run = (dieAt: number) => runChild('view-child.ts', [path, name, dieAt, batchSize, 'checkpoint-first']);
    await liveThrough({ kills: killsOfControl, moments, random, run });
    expect(await proof(name, path)).toMatchObject({ equal: false });
  }, 600_000);
});
