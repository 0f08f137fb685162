import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { eventually } from '#eventing/contracts/view-specs-given.js';
import { StoreUnavailable } from '#eventing/event-store.js';
import { VaultLeases } from '#eventing/vault-leases.js';
import { healthChecks } from '#platform/health.js';
import type { Engines } from './engines.js';
import type { Installation } from './installation.js';
import { busOf, installationOn, type Kept, kept } from './installation.spec-kit.js';
import { type Measured, measure } from './metrics.js';

let stores: Kept;
let started: Installation[];
beforeEach(() => {
  stores = kept();
  started = [];
});
afterEach(async () => {
  for (const installation of started) await installation.stop();
  await stores.remove();
});

const startedOn = async (engines: Engines): Promise<Installation> => {
  const installation = installationOn(engines);
  started.push(installation);
  await installation.start(busOf(() => installation.access));
  return installation;
};

const metricsOf = (measured: Measured, checks = healthChecks()): (() => Promise<readonly string[]>) => {
  const registry = new Registry();
  measure(registry, checks, measured);
  return async () => (await registry.metrics()).split('\n').filter((line) => /^grantrail/.test(line));
};

it('tells how far views and reactors are, and what there is to do', async () => {
  const installation = await startedOn(stores.engines());
  const head = await installation.engines.log.head();
  await Promise.all(installation.reactors.map((reactor) => reactor.waitFor(head)));
  await installation.views.waitFor('members', head);
  const lines = await metricsOf(installation)();
  expect(lines).toEqual(
    expect.arrayContaining([
      `grantrail_log_head_position ${head}`,
      `grantrail_view_position{view="members"} ${head}`,
      'grantrail_view_parked_events{view="members"} 0',
      `grantrail_reactor_position{reactor="finish-cascades"} ${head}`,
      'grantrail_reactor_parked_events{reactor="finish-cascades"} 0',
      'grantrail_timer_failing 0',
      'grantrail_jobs{queue="mail",state="waiting"} 0',
      'grantrail_jobs{queue="mail",state="failed"} 0',
      'grantrail_stale_seconds 0',
    ]),
  );
  expect(lines.join('\n')).not.toContain('grantrail_lease_held');
});

it('counts jobs that wait and jobs that were given up', async () => {
  const installation = installationOn(stores.engines());
  await installation.jobs.enqueue({ id: 'one', queue: 'mail', payload: {} });
  await installation.jobs.enqueue({ id: 'two', queue: 'mail', payload: {} });
  const lines = metricsOf(installation);
  expect(await lines()).toContain('grantrail_jobs{queue="mail",state="waiting"} 2');
  const stop = installation.jobs.work('mail', () => Promise.reject(new Error('refused')), { attempts: 1 });
  await eventually(async () => (await installation.jobs.counts('mail')).failed === 2);
  await stop();
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'grantrail_jobs{queue="mail",state="waiting"} 0',
      'grantrail_jobs{queue="mail",state="failed"} 2',
    ]),
  );
});

it('tells which process does the work that several share, and leaves the reactors to it', async () => {
  const sharing = (owner: string): Promise<Installation> => {
    const engines = stores.engines();
    return startedOn({ ...engines, leases: new VaultLeases(engines.vault, owner) });
  };
  const [one, two] = [await sharing('one'), await sharing('two')];
  const linesOf = async (installation: Installation, start: string): Promise<readonly string[]> =>
    (await metricsOf(installation)()).filter((line) => line.startsWith(start));
  const held = async (installation: Installation): Promise<readonly string[]> =>
    (await linesOf(installation, 'grantrail_lease_held')).filter((line) => line.endsWith(' 1'));
  const all = (await linesOf(one, 'grantrail_lease_held')).length;
  await eventually(async () => (await held(one)).length + (await held(two)).length === all);
  expect(new Set([...(await held(one)), ...(await held(two))]).size).toBe(all);
  expect(all).toBe(one.views.status().length + one.reactors.length + 1);

  const head = await one.engines.log.head();
  await eventually(async () => {
    const told = [
      ...(await linesOf(one, 'grantrail_reactor_position')),
      ...(await linesOf(two, 'grantrail_reactor_position')),
    ];
    return told.length === one.reactors.length && told.every((line) => line.endsWith(` ${head}`));
  });
  const timers = [...(await linesOf(one, 'grantrail_timer')), ...(await linesOf(two, 'grantrail_timer'))];
  expect(timers).toEqual(['grantrail_timer_failing 0']);
});

it('goes on without what an engine that is away can’t tell', async () => {
  const installation = installationOn(stores.engines());
  const { log } = installation.engines;
  const away = () => Promise.reject(new StoreUnavailable('no connection'));
  const head = { now: away as typeof log.head };
  const engines = { ...installation.engines, log: { ...log, head: () => head.now() } };
  const { views, reactors, timer, queues, freshness, loop } = installation;
  const lines = metricsOf({
    views,
    reactors,
    timer,
    queues,
    freshness,
    loop,
    engines,
    jobs: { ...installation.jobs, counts: away },
  });
  const told = (await lines()).join('\n');
  expect(told).not.toMatch(/grantrail_(log_head_position|jobs)/);
  expect(told).toContain('grantrail_view_position{view="members"} 0');
  head.now = () => log.head();
  expect(await lines()).toContain('grantrail_log_head_position 0');
  head.now = away;
  expect((await lines()).join('\n')).not.toContain('grantrail_log_head_position');
  // What is no outage is a bug, and is not hidden.
  head.now = () => Promise.reject(new TypeError('a bug'));
  await expect(lines()).rejects.toThrow('a bug');
});

it('tells for how long what is read may have lacked something, and which checks are red', async () => {
  const installation = installationOn(stores.engines());
  const { views, engines, reactors, timer, queues, jobs, loop } = installation;
  const checks = healthChecks();
  checks.register('log', () => Promise.resolve({ ok: true, detail: 'readable' }));
  checks.register('views', () => Promise.reject(new StoreUnavailable('no connection')));
  const freshness = { staleSince: new Date(Date.now() - 90_000) };
  const lines = await metricsOf({ views, engines, reactors, timer, queues, jobs, freshness, loop }, checks)();
  expect(lines).toEqual(
    expect.arrayContaining(['grantrail_check_ok{check="log"} 1', 'grantrail_check_ok{check="views"} 0']),
  );
  const [, seconds] = lines.find((line) => line.startsWith('grantrail_stale_seconds'))?.split(' ') ?? [];
  expect(Number(seconds)).toBeGreaterThanOrEqual(90);
  expect(Number(seconds)).toBeLessThan(120);
});
