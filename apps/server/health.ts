import type { Freshness } from '#eventing/freshness.js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Registry } from 'prom-client';
import { type Health, HEALTH_CHECKS, type HealthChecks } from '#platform/health.js';
import { METRICS } from '#platform/metrics.js';
import type { Installation } from './installation.js';
import { measure } from './metrics.js';

const freshnessOf = ({ staleSince }: Freshness): Health =>
  staleSince === null
    ? { ok: true, detail: 'up to date' }
    : { ok: false, detail: `what was recorded after ${staleSince.toISOString()} may be missing from what is read` };

const writableOr = (faults: readonly string[]): Health =>
  faults.length === 0 ? { ok: true, detail: 'can be written' } : { ok: false, detail: faults.join('; ') };

/** Registers what readiness and metrics tell of an installation. */
export const observe = (app: NestFastifyApplication, installation: Installation): void => {
  const { views, engines, freshness, queues } = installation;
  const checks = app.get<HealthChecks>(HEALTH_CHECKS);
  const answering = async (ask: Promise<unknown>): Promise<Health> => {
    await ask;
    return { ok: true, detail: 'answers' };
  };
  // Where all processes share an engine, taking each out of service when it is away would take the lists away, too.
  const vital = engines.leases === null;
  checks.register('log', () => answering(engines.log.head()), { vital });
  checks.register('vault', () => answering(engines.vault.claimHolder('health', '-')), { vital });
  checks.register('jobs', () => answering(Promise.all(queues.map((queue) => engines.jobs.counts(queue)))), { vital });
  const { diskFaults } = engines;
  if (diskFaults !== null) checks.register('disk', () => Promise.resolve(writableOr(diskFaults.standing())));
  checks.register('freshness', () => Promise.resolve(freshnessOf(freshness)), { vital: false });
  checks.register('views', () => {
    const behind = views.status().filter(({ state }) => state !== 'live' && state !== 'catching-up');
    const parked = views.status().filter((view) => view.parked > 0);
    const missing = views.status().filter(({ generation }) => generation === 0);
    const detail = [
      ...missing.map(({ view }) => `${view} is being built`),
      ...behind.map(({ view, state, error }) => `${view} is ${state}${error === null ? '' : ` (${error})`}`),
      ...parked.map(({ view, parked: events }) => `${view} has ${events} parked events`),
    ];
    return Promise.resolve({
      ok: missing.length === 0 && behind.length === 0,
      detail: detail.join('; ') || 'up to date',
    });
  });

  measure(app.get<Registry>(METRICS), checks, installation);
};
