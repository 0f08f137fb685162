import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore, RecordedEvent } from '#eventing/event-store.js';
import { sqliteEventStore } from '#store-sqlite/event-store.js';
import { Random, seedOfRun } from '../../../system/random.js';
import { amount } from '../../amount.js';
import { forgettingTheLast } from './broken-event-stores.js';
import { CommandCallers, type CommandCallersOptions } from './command-callers.js';
import { commandFaults } from './command-faults.js';

const seed = seedOfRun();
const commands = amount({ whole: 100_000, part: 3_000 });
const reopenings = amount({ whole: 20, part: 4 });

const eventsOf = async (store: EventStore): Promise<readonly RecordedEvent[]> => {
  const all: RecordedEvent[] = [];
  const done = new AbortController();
  for await (const { events, live } of store.follow({ after: 0n, signal: done.signal })) {
    all.push(...events);
    if (live) break;
  }
  return all;
};

describe(`32 callers that bring commands to 100 streams, seed ${seed}`, () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'grantrail-commands-'));
    path = join(folder, 'events.db');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const given = { random: new Random(seed), callers: 32, streams: 100 };
  const faultsOf = async (
    options: Pick<CommandCallersOptions, 'open' | 'commands' | 'reopenings' | 'idOfRepetition'>,
  ) => {
    const callers = new CommandCallers({ ...given, ...options });
    const store = await callers.run();
    const log = await eventsOf(store);
    await store.close();
    return { callers, faults: commandFaults(callers.sent, log) };
  };

  it(`have each of ${commands} executed once, over ${reopenings} closings`, async () => {
    const { callers, faults } = await faultsOf({ open: () => sqliteEventStore(path), commands, reopenings });
    expect(faults).toEqual([]);
    const replayed = callers.sent.flatMap(({ outcomes }) => outcomes.filter((outcome) => outcome.replayed));
    expect(replayed.length).toBeGreaterThan(commands / 10);
    expect(callers.sent.filter(({ refusals }) => refusals.length > 0).length).toBeGreaterThan(commands / 20);
  }, 600_000);

  it.each<readonly [string, Partial<CommandCallersOptions>, RegExp]>([
    [
      'forgets that it knew a command',
      { idOfRepetition: (id, times) => (times === 0 ? id : `${id}+${times}`) },
      /twice/,
    ],
    [
      'forgets what it acknowledged last',
      { open: () => forgettingTheLast(sqliteEventStore(path), path) },
      /acknowledged and is not in the log/,
    ],
  ])(
    'find out a server that %s',
    async (_, broken, fault) => {
      const { faults } = await faultsOf({
        open: () => sqliteEventStore(path),
        commands: 1_000,
        reopenings: 3,
        ...broken,
      });
      expect(faults).toContainEqual(expect.stringMatching(fault));
    },
    60_000,
  );
});
