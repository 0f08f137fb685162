import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { expectWholeStreams } from '../../../system/invariants.js';
import { Random, seedOfRun } from '../../../system/random.js';
import { Server } from '../../../system/server.js';
import { amount } from '../../amount.js';
import { brokenBuild } from '../broken-build.js';
import { HostileCallers } from './callers.js';
import { fromAbroad, longEverywhere, millionEverywhere, wellEverywhere, wrongEverywhere } from './sweeps.js';

const seed = seedOfRun();
const requests = amount({ whole: 20_000, part: 900 });
const shareOfValues = amount({ whole: 1, part: 0.02 });
/** What the heap may still grow by while nothing is kept. */
const growthBytes = 64 * 1024 * 1024;
const pageBytes = 4_096;

const env = { NODE_OPTIONS: '--max-old-space-size=256', GRANTRAIL_RATE_CALLER: 'none' };

const residentBytes = (server: Server): number => {
  const [, resident] = readFileSync(`/proc/${server.processes[0]!.pid}/statm`, 'utf8').split(' ');
  return Number(resident) * pageBytes;
};

/** Sends a third to warm the server up; gives by how much the others make it grow. */
const grownBy = async (callers: HostileCallers, count: number): Promise<number> => {
  await callers.send(callers.drafts(count / 3));
  const before = residentBytes(callers.server);
  await callers.send(callers.drafts((count * 2) / 3));
  return residentBytes(callers.server) - before;
};

describe(`hostile callers, seed ${seed}`, () => {
  let server: Server;
  let callers: HostileCallers;

  beforeAll(async () => {
    server = await Server.start(env);
    callers = await HostileCallers.among(server, new Random(seed));
  }, 60_000);
  afterAll(() => server.dispose());

  it('are refused 50 kB in each path, parameter and header', async () => {
    await callers.send(longEverywhere(callers.world));
    expect(callers.faults()).toEqual([]);
  }, 300_000);

  it('are answered whatever they write into a parameter', async () => {
    await callers.send(wrongEverywhere(callers.world, shareOfValues));
    expect(callers.faults()).toEqual([]);
  }, 600_000);

  it('are answered as strangers at every operation', async () => {
    await callers.send(fromAbroad(callers.world));
    expect(callers.faults()).toEqual([]);
  }, 60_000);

  it('are refused a million fields at every operation', async () => {
    await callers.send(millionEverywhere(callers.world));
    expect(callers.faults()).toEqual([]);
    expect(callers.statuses.get(413)).toBeGreaterThan(0);
  }, 300_000);

  it(`are answered ${requests} times as the operation tells, and make the server grow by nothing`, async () => {
    const growth = await grownBy(callers, requests);
    expect(callers.faults()).toEqual([]);
    expect(growth).toBeLessThan(growthBytes);
    const statuses = [...callers.statuses.keys()];
    expect(statuses).toEqual(expect.arrayContaining([200, 400, 401, 403, 404, 405, 406, 413]));
  }, 1_800_000);

  it('are served where nothing is wrong', async () => {
    await callers.send(wellEverywhere(callers.world));
    expect(callers.faults()).toEqual([]);
    expect(callers.statuses.get(201)).toBeGreaterThan(0);
  }, 60_000);

  it('leave a server that serves, with a whole log, and views that are as a rebuild makes them', async () => {
    await server.caughtUp();
    const { items } = await server.ok('GET', '/v1/operations/views');
    const views = items as readonly { name: string }[];
    expect(views.length).toBeGreaterThan(10);
    for (const { name } of views)
      expect([name, (await server.ok('POST', `/v1/operations/views/${name}/verify`)).equal]).toEqual([name, true]);
    expectWholeStreams(await server.events());
    expect(server.output.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  }, 300_000);
});

describe('hostile callers find out a server that', () => {
  let server: Server;
  let callers: HostileCallers;

  beforeAll(async () => {
    const deploy = brokenBuild(
      {
        file: 'libs/eventing/cursor.js',
        from: "open(sealed) ?? refuse('cursor-invalid')",
        to: "open(sealed) ?? ''",
      },
      {
        file: 'libs/access/reach.js',
        from: "(await standingIn(reading, caller, accountId)) ?? refuse('account-not-found')",
        to: "(await standingIn(reading, caller, accountId)) ?? refuse('team-not-found')",
      },
      {
        file: 'libs/platform/http-hooks.js',
        from: "fastify.addHook('onRequest', (request, _reply, done) => {",
        to: "fastify.addHook('onRequest', (request, _reply, done) => { (globalThis.kept ??= []).push(Buffer.alloc(1e6, 1));",
      },
    );
    server = await Server.start(env, deploy);
    callers = await HostileCallers.among(server, new Random(seed));
  }, 60_000);
  afterAll(() => server.dispose());

  it('keeps what it was sent', async () => {
    expect(await grownBy(callers, 240)).toBeGreaterThan(growthBytes);
  }, 60_000);

  it('does not look at a cursor before it uses it, or refuses as it does not tell', async () => {
    await callers.send(wrongEverywhere(callers.world, 0.02));
    await callers.send(fromAbroad(callers.world));
    const faults = callers.faults(Infinity);
    expect(faults).toContainEqual(expect.stringMatching(/cursor=.*: failed with 500 internal/));
    expect(faults).toContainEqual(expect.stringMatching(/does not list team-not-found/));
  }, 60_000);
});
