import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { ServerProcess } from '../../../system/process.js';
import { Random, seedOfRun } from '../../../system/random.js';
import { amount } from '../../amount.js';
import type { Fault } from './broken-calls.js';
import { Given } from './given.js';
import { fill, makeRoom, onSmallDisk, setReadOnly } from './small-disk.js';
import { type FileName, files } from './world.js';
import { whereMounts } from '../where-mounts.js';
import { whereStrace } from '../where-strace.js';

const seed = seedOfRun();
const patienceMs = 240_000;
const isWhole = amount({ whole: 1, part: 0 }) === 1;

const causes = { EIO: 'disk I/O error', ENOSPC: 'database or disk is full' };
const failedWrites = (file: FileName): readonly Fault[] => [
  { calls: 'pwrite64', error: 'EIO' },
  { calls: 'pwrite64', error: 'ENOSPC' },
  // What the views commit is not synced before a checkpoint.
  ...(file === 'views.db' ? [] : [{ calls: 'fsync,fdatasync', error: 'EIO' } as const]),
];

/** What commands get while a file can't be written. */
const answers: Readonly<
  Record<FileName, { readonly changeRole: number | string; readonly register: number | string }>
> = {
  'events.db': { changeRole: 'read-only', register: 'read-only' },
  'vault.db': { changeRole: 200, register: 'unavailable' },
  'views.db': { changeRole: 200, register: 201 },
  'jobs.db': { changeRole: 200, register: 201 },
};

whereStrace(`a disk that fails, seed ${seed}`, () => {
  const random = new Random(seed);
  let given: Given;
  beforeAll(async () => {
    given = await Given.start(random);
    await given.sends(30);
  }, patienceMs);
  afterAll(() => given.server.dispose());

  const failsToWrite = async (file: FileName, fault: Fault): Promise<void> => {
    const { server, world } = given;
    const mend = await given.breaks(file, { ...fault, from: 1 + random.below(4) });
    try {
      await world.untilDisk((detail) => detail.includes(file));
      const path = join(server.folder, file);
      const { status, detail } = await world.disk();
      expect([status, detail]).toEqual([503, expect.stringContaining(causes[fault.error])]);
      expect(detail.startsWith(path)).toBe(true);
      const told = server.output.filter((line) => line.includes(`"context":"disk","msg":"${path}`));
      expect(told).not.toEqual([]);

      const head = await world.head();
      expect(await world.changeRole()).toBe(answers[file].changeRole);
      expect(await world.register()).toBe(answers[file].register);
      expect([await world.check(), await world.list()]).toEqual([200, 200]);
      if (file === 'events.db') expect(await world.head()).toBe(head);
    } finally {
      await mend();
    }
    if (file === 'events.db') await given.restart(random.of(['SIGTERM', 'SIGKILL'] as const));
    await world.untilReady();
    expect([await world.changeRole(), await world.register(), await world.list()]).toEqual([200, 201, 200]);
  };

  it.each(files)(
    'in writing %s: says so, goes on as far as it can, and is well again',
    async (file) => {
      const faults = failedWrites(file);
      for (let round = 0; round < amount({ whole: 4, part: 1 }); round += 1)
        for (const fault of isWhole ? faults : [random.of(faults)!]) await failsToWrite(file, fault);
    },
    patienceMs,
  );

  it.each([
    ['events.db', ['check', 'changeRole'], ['cannot-confirm', 'unavailable'], [200, 200]],
    ['views.db', ['list'], ['unavailable'], [200]],
    ['vault.db', ['register'], ['unavailable'], [201]],
    ['jobs.db', ['invite'], [201], [201]],
  ] as const)(
    'in reading %s after a start: says so to whoever asks, %s, and goes on by itself',
    async (file, asked, failed, well) => {
      const { load, world, server } = given;
      const answersTo = (asks: typeof asked) => Promise.all(asks.map((ask) => world[ask]()));
      await load.quiet();
      await server.kill('SIGTERM');
      await server.run();
      const mend = await given.breaks(file, { calls: 'pread64', error: 'EIO' });
      try {
        expect(await answersTo(asked)).toEqual(failed);
        await world.untilDisk((detail) => detail.includes(file));
      } finally {
        await mend();
      }
      await world.untilReady();
      expect(await answersTo(asked)).toEqual(well);
      load.up();
    },
    patienceMs,
  );

  it(
    'holds every acknowledged command once, with views as a rebuild makes them',
    async () => {
      await given.ends();
      expect(given.load.sent.filter(({ tries }) => tries > 1).length).toBeGreaterThan(3);
      await given.expectNothingLost();
    },
    patienceMs,
  );

  it.each(isWhole ? files : [random.of(files)!])(
    'in reading %s as it starts: ends with a line that names it',
    async (file) => {
      const path = join(given.server.folder, file);
      const inject = ['-e', 'trace=pread64', '-e', 'inject=pread64:error=EIO'];
      const within = ['strace', '-D', '-f', '-qq', '--seccomp-bpf', '-o', '/dev/null', '-P', path, ...inject];
      const starting = new ServerProcess({ env: {}, within }).run(given.server.env);
      await expect(starting).rejects.toThrow(
        new Error(`the server ended with 1: ${path} can't be opened: ${causes.EIO}`),
      );
    },
    patienceMs,
  );
});

whereStrace('a build that takes a failed commit for done', () => {
  it(
    'is caught',
    async () => {
      const preload = join(import.meta.dirname, 'ignored-failure.js');
      const given = await Given.start(new Random(seed), { NODE_OPTIONS: `--import ${preload}` });
      try {
        await given.sends(10);
        const mend = await given.breaks('events.db', { calls: 'fsync,fdatasync', error: 'EIO' });
        await given.sends(10);
        await mend();
        await given.restart();
        await given.ends();
        await expect(given.expectNothingLost()).rejects.toThrow('toEqual');
      } finally {
        await given.server.dispose();
      }
    },
    patienceMs,
  );
});

whereMounts(`a disk that is full, seed ${seed}`, () => {
  let given: Given;
  beforeAll(async () => {
    given = await Given.start(new Random(seed), {}, onSmallDisk);
    await given.sends(30);
  }, patienceMs);
  afterAll(() => given.server.dispose());

  it(
    'takes no more commands and answers what it knows, until there is room and it was restarted',
    async () => {
      const { server, world } = given;
      fill(server.folder);
      // Commands of the load may all wait for another file.
      await world.untilDisk(
        (detail) => detail.includes('events.db'),
        () => world.changeRole(),
      );
      const head = await world.head();
      expect([await world.changeRole(), await world.check(), await world.list()]).toEqual(['read-only', 200, 200]);
      expect(await world.head()).toBe(head);
      makeRoom(server.folder);
      await world.untilDisk((detail) => files.filter((file) => detail.includes(file)).join() === 'events.db');
      await given.restart();
      await world.untilReady();
      await given.sends(10);
      await given.ends();
    },
    patienceMs,
  );

  it(
    'holds every acknowledged command once, with views as a rebuild makes them',
    async () => {
      await given.expectNothingLost();
    },
    patienceMs,
  );

  it(
    'is refused in one line when it is read-only',
    async () => {
      const { server } = given;
      await server.kill('SIGTERM');
      setReadOnly(server.folder, true);
      const line = `the server ended with 1: The data folder ${server.folder} can't be used: EROFS: read-only file system`;
      await expect(server.run()).rejects.toThrow(
        expect.objectContaining({ message: expect.stringMatching(/^[^\n]*$/) }),
      );
      await expect(server.run()).rejects.toThrow(line);
      setReadOnly(server.folder, false);
      await server.run();
    },
    patienceMs,
  );
});
