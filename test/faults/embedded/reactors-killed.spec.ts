import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectWholeStreams } from '../../system/invariants.js';
import { eventsIn, type LoggedEvent } from '../../system/log-file.js';
import { Random, seedOfRun } from '../../system/random.js';
import { amount } from '../amount.js';
import { deathsIn, liveThrough, runChild } from './children.js';
import { cutOffCascades, cutOffRegistrations, layHistory, unanswered } from './history.js';
import { openFolder } from './opened-folder.js';
import { mailViews } from './sent-mails.js';

const kills = amount({ whole: 500, part: 8 });
const killsOfControl = amount({ whole: 50, part: 8 });
/** Moments of so many kinds are struck at least. */
const kindsOfDeath = amount({ whole: 5, part: 2 });
/** Things to do: enough of them for all lives. */
const things = amount({ whole: 400, part: 60 });
const batchSize = 8;
const seed = seedOfRun();
const random = new Random(seed);
let folder: string;

const ofType = (log: readonly LoggedEvent[], type: string): readonly LoggedEvent[] =>
  log.filter((event) => event.type === type);

const count = <Item>(items: readonly Item[]): ReadonlyMap<Item, number> =>
  new Map([...Map.groupBy(items, (item) => item)].map(([item, same]) => [item, same.length]));

const sentIn = async (path: string): Promise<ReadonlyMap<string, number>> =>
  count((await readFile(join(path, 'sent'), 'utf8')).trimEnd().split('\n'));

/** What is left undone, and what was done more often than it may be. */
interface Wrongs {
  readonly undone: readonly string[];
  readonly overdone: readonly string[];
}

const wrongsOf = (
  due: readonly string[],
  done: ReadonlyMap<string, number>,
  most: (thing: string) => number,
): Wrongs => ({
  undone: due.filter((thing) => !done.has(thing)),
  overdone: [...done].filter(([thing, times]) => !due.includes(thing) || times > most(thing)).map(([thing]) => thing),
});

interface Reacting {
  readonly happen: Parameters<typeof layHistory>[1];
  /** Of what the reactor was to do. */
  readonly wrongs: (path: string) => Promise<Wrongs>;
}

const reactors: Readonly<Record<string, Reacting>> = {
  'finish-cascades': {
    happen: cutOffCascades(things),
    wrongs: (path) => {
      const log = eventsIn(path);
      const removed = new Set(ofType(log, 'MemberRemoved').map(({ data }) => data['userId']));
      const unassigned = new Set(
        ofType(log, 'ApplicationUnassigned').map(
          ({ data }) => `${String(data['accountId'])} ${String(data['applicationId'])}`,
        ),
      );
      const due = ofType(log, 'AccessGranted')
        .filter(
          ({ data }) =>
            removed.has(data['userId']) ||
            unassigned.has(`${String(data['accountId'])} ${String(data['applicationId'])}`),
        )
        .map(({ data }) => String(data['grantId']));
      const done = ofType(log, 'AccessRevoked').map(({ data }) => String(data['grantId']));
      return Promise.resolve(wrongsOf(due, count(done), () => 1));
    },
  },
  'assign-published-applications': {
    happen: cutOffRegistrations(things),
    wrongs: (path) => {
      const [registered, assigned] = ['ApplicationRegistered', 'ApplicationAssigned'].map((type) =>
        ofType(eventsIn(path), type).map(({ data }) => String(data['applicationId'])),
      ) as [string[], string[]];
      return Promise.resolve(wrongsOf(registered, count(assigned), () => 1));
    },
  },
  'mail-invitations': {
    happen: unanswered(things),
    wrongs: async (path) => {
      const due = ofType(eventsIn(path), 'UserInvited').map(({ data }) => `${String(data['invitationId'])}.1`);
      // Once, and once more for each death between sending and noting it.
      const unnoted = count((await deathsIn(path)).flatMap((died) => died.unnoted));
      return wrongsOf(due, await sentIn(path), (mail) => 1 + (unnoted.get(mail) ?? 0));
    },
  },
};

/** A folder in which a reactor has everything to do yet, while the views are kept up. */
const begun = async (name: string): Promise<string> => {
  const path = join(folder, name);
  await mkdir(path);
  await layHistory(path, reactors[name]!.happen);
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

describe.each(Object.entries(reactors))(`%s, its process killed ${kills} times, seed ${seed}`, (name, { wrongs }) => {
  let path: string;
  let moments: number;

  const run =
    (place: string, control = '') =>
    (dieAt: number) =>
      runChild('reactor-child.ts', [place, name, dieAt, batchSize, control]);

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

  it('is caught when it moves the checkpoint before it works', async () => {
    const control = await copyOf(path, `${name}-control`);
    await liveThrough({ kills: killsOfControl, moments, random, run: run(control, 'checkpoint-first') });
    expect((await wrongs(control)).undone).not.toEqual([]);
  }, 600_000);
});
