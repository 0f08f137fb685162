import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore } from '#eventing/event-store.js';
import { sqliteEventStore } from '#store-sqlite/event-store.js';
import { Random, seedOfRun } from '../../../system/random.js';
import { amount } from '../../amount.js';
import { AppendCallers, eventAt } from './append-callers.js';
import { AppendFaults } from './append-faults.js';
import {
  answeringRepetitionsElsewhere,
  checkingOutside,
  forgettingTheLast,
  refusingAtRandom,
} from './broken-event-stores.js';

const seed = seedOfRun();
const appends = amount({ whole: 1_000_000, part: 20_000 });
const reopenings = amount({ whole: 50, part: 5 });
const someAppends = 2_000;

/** Holds the log against the answers, read whole and then stream by stream. */
const faultsOf = async ({ history }: AppendCallers, store: EventStore): Promise<readonly string[]> => {
  const check = new AppendFaults(history, eventAt);
  const revisions = new Map<string, bigint>();
  const done = new AbortController();
  for await (const { events, live } of store.follow({ after: 0n, signal: done.signal })) {
    for (const event of events) {
      check.logged(event);
      revisions.set(event.stream, event.revision);
    }
    if (live) break;
  }
  const unlike: string[] = [];
  for (const [stream, head] of revisions) {
    let last = -1n;
    for await (const { revision } of store.readStream(stream)) {
      if (revision !== last + 1n) unlike.push(`${stream} is read from ${last} to ${revision}`);
      last = revision;
    }
    if (last !== head) unlike.push(`${stream} is read up to ${last}, and the log has ${head}`);
  }
  return [...check.faults(), ...unlike];
};

describe(`32 callers that append to 100 streams, seed ${seed}`, () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'grantrail-appends-'));
    path = join(folder, 'events.db');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const callersOf = (count: number, times: number, open = () => sqliteEventStore(path)): AppendCallers =>
    new AppendCallers({ open, random: new Random(seed), appends: count, callers: 32, streams: 100, reopenings: times });

  it(`are told the truth ${appends} times, over ${reopenings} closings`, async () => {
    const callers = callersOf(appends, reopenings);
    const store = await callers.run();
    expect(await faultsOf(callers, store)).toEqual([]);
    await store.close();

    const all = callers.history.appends;
    const shareOf = (outcome: string): number => all.filter((append) => append.outcome === outcome).length / all.length;
    const repeated = all.filter(({ original, outcome }, number) => original !== number && outcome === 'appended');
    expect(shareOf('conflict')).toBeGreaterThan(0.25);
    expect(shareOf('appended')).toBeGreaterThan(0.5);
    expect(repeated.length).toBeGreaterThan(all.length / 20);
    expect(shareOf('failed')).toBeGreaterThan(0);
  }, 1_800_000);

  it.each<readonly [string, (store: EventStore) => EventStore, RegExp]>([
    ['checks the revision outside of the transaction', checkingOutside, /was sent to come after \d+, and is at/],
    ['answers repetitions elsewhere', answeringRepetitionsElsewhere, /was acknowledged at/],
    ['refuses without a ground', refusingAtRandom, /and the stream was there/],
    [
      'forgets what it acknowledged last',
      (store) => forgettingTheLast(store, path),
      /acknowledged and is not in the log/,
    ],
  ])(
    'find out a store that %s',
    async (_, broken, fault) => {
      const callers = callersOf(someAppends, 3, () => broken(sqliteEventStore(path)));
      const store = await callers.run();
      expect(await faultsOf(callers, store)).toContainEqual(expect.stringMatching(fault));
      await store.close();
    },
    60_000,
  );
});
