import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Gauge, type Registry } from 'prom-client';
import { HEALTH_CHECKS, type HealthChecks } from '#platform/health.js';
import { METRICS } from '#platform/metrics.js';
import type { Installation } from './installation.js';

/** Registers what readiness and metrics tell of an installation. */
export const observe = (app: NestFastifyApplication, { views, engines }: Installation): void => {
  const checks = app.get<HealthChecks>(HEALTH_CHECKS);
  checks.register('log', async () => {
    await engines.log.head();
    return { ok: true, detail: 'readable' };
  });
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

  const registers = [app.get<Registry>(METRICS)];
  const head: Gauge = new Gauge({
    name: 'grantrail_log_head_position',
    help: 'Position of the last event of the log',
    registers,
    collect: async () => {
      head.set(Number(await engines.log.head()));
    },
  });
  const position: Gauge<'view'> = new Gauge({
    name: 'grantrail_view_position',
    help: 'Position up to which a view has the log',
    labelNames: ['view'],
    registers,
    collect: () => {
      for (const status of views.status()) position.set({ view: status.view }, Number(status.position));
    },
  });
  const parkedEvents: Gauge<'view'> = new Gauge({
    name: 'grantrail_view_parked_events',
    help: 'Events that a view could not take in',
    labelNames: ['view'],
    registers,
    collect: () => {
      for (const status of views.status()) parkedEvents.set({ view: status.view }, status.parked);
    },
  });
};
