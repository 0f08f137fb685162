import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import { Answers, Public } from './routes.js';

/** The registry of this application's metrics (prom-client); others add theirs to it. */
export const METRICS = Symbol('Metrics');

/** How a request went, for the counters. */
export interface RequestObservation {
  readonly method: string;
  /** The template, never the url. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
}

/** A registry with the process's own metrics, and what counts requests into it. */
export const createMetrics = (): {
  readonly registry: Registry;
  readonly observe: (request: RequestObservation) => void;
} => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const labelNames = ['method', 'route', 'status'] as const;
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests answered.',
    labelNames,
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'From the first byte of a request to the last of its answer.',
    labelNames,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  const observe = ({ method, route, status, durationMs }: RequestObservation): void => {
    const labels = { method, route, status: String(status) };
    requests.inc(labels);
    durations.observe(labels, durationMs / 1000);
  };
  return { registry, observe };
};

@ApiExcludeController()
@Controller()
export class MetricsController {
  readonly #registry: Registry;
  constructor(@Inject(METRICS) registry: Registry) {
    this.#registry = registry;
  }

  @Get('metrics')
  @Public()
  @Answers('text/plain')
  async metrics(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.type(this.#registry.contentType);
    return this.#registry.metrics();
  }
}
