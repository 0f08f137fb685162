import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AUTHENTICATOR, type Authenticator, authenticationGuard } from './authentication.js';
import { type RateLimitConfig } from './config.js';
import { ProblemPages, serveDocs } from './docs.js';
import { CLOSING, HEALTH_CHECKS, HealthController, healthChecks } from './health.js';
import {
  addEdgeHooks,
  answerClientError,
  answerFrameworkError,
  observeRequests,
  parseJsonBodies,
} from './http-hooks.js';
import { bodyLimits } from './json-body.js';
import { LOGGER, type Logger, nestLogger } from './logging.js';
import { createMetrics, METRICS, MetricsController } from './metrics.js';
import { negotiationGuard } from './negotiation.js';
import { refuseOtherMethods } from './other-methods.js';
import { ProblemFilter } from './problem-filter.js';
import { addressLimitGuard, callerLimitGuard, RATE_LIMITS, rateLimits } from './rate-limits.js';
import { detailsGuard, requestIdOf } from './request-details.js';
import { assertRoutesDeclared } from './routes.js';
import { undeclaredGuard } from './undeclared-guard.js';
import { validationPipe } from './validation.js';

export interface HttpAppOptions {
  readonly logger: Logger;
  readonly rateLimits: RateLimitConfig;
  /** Addresses and networks of reverse proxies whose `X-Forwarded-For` is believed (default none). */
  readonly trustedProxies?: readonly string[];
  /** How long answers under way may take once the server closes (default 10,000). */
  readonly closeWithinMs?: number;
}

@Module({})
class HttpEdge {}

const timeouts = {
  /** A connection on which nothing moves. Feeds wait 30 s at most, streams send a heartbeat every 15 s. */
  connectionTimeout: 60_000,
  /** Longer than load balancers keep theirs, so that they end a connection first. */
  keepAliveTimeout: 72_000,
  /** Until a request has come in whole. */
  requestTimeout: 30_000,
} as const;

/**
 * The HTTP application around a product's module, initialised but not listening.
 * The module (or one it imports) provides {@link AUTHENTICATOR}; it may inject
 * LOGGER, METRICS, HEALTH_CHECKS, RATE_LIMITS and CLOSING. What requests need is let go of in `onApplicationShutdown`,
 * which runs once the last one is answered; `onModuleDestroy` runs before that.
 * @throws UndeclaredRoutes when a route doesn't say who may call it
 */
export const createHttpApp = async (
  module: Type | DynamicModule,
  { logger, rateLimits: rates, trustedProxies = [], closeWithinMs = 10_000 }: HttpAppOptions,
): Promise<NestFastifyApplication> => {
  const closing = new AbortController();
  const metrics = createMetrics();
  const limits = rateLimits(rates);
  const providers = [
    { provide: LOGGER, useValue: logger },
    { provide: METRICS, useValue: metrics.registry },
    { provide: HEALTH_CHECKS, useValue: healthChecks() },
    { provide: RATE_LIMITS, useValue: limits },
    { provide: CLOSING, useValue: closing.signal },
  ];
  const edge: DynamicModule = {
    module: HttpEdge,
    global: true,
    imports: [module, DiscoveryModule],
    controllers: [HealthController, MetricsController, ProblemPages],
    providers,
    exports: providers.map(({ provide }) => provide),
  };
  const adapter = new FastifyAdapter({
    ...timeouts,
    bodyLimit: bodyLimits.bytes,
    // Room for a URL that is too long to be refused by us and not by the parser; so is a host that is missing.
    http: { maxHeaderSize: 32 * 1024, requireHostHeader: false },
    trustProxy: [...trustedProxies],
    return503OnClosing: false,
    genReqId: requestIdOf,
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerClientError,
  });
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class
  const app = await NestFactory.create<NestFastifyApplication>(edge, adapter, {
    logger: nestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  const fastify = adapter.getInstance();
  const registerOtherMethods = refuseOtherMethods(fastify);
  parseJsonBodies(fastify);
  addEdgeHooks(fastify, closing.signal);
  observeRequests(fastify, logger, metrics.observe);
  fastify.addHook('preClose', (done) => {
    closing.abort();
    // Who reads too slowly can't keep the server from closing.
    setTimeout(() => fastify.server.closeAllConnections(), closeWithinMs).unref();
    done();
  });

  assertRoutesDeclared(app);
  app.useGlobalFilters(new ProblemFilter(logger));
  app.useGlobalPipes(validationPipe);
  app.useGlobalGuards(
    negotiationGuard,
    addressLimitGuard(limits),
    authenticationGuard(app.get<Authenticator>(AUTHENTICATOR, { strict: false })),
    callerLimitGuard(limits),
    detailsGuard,
    undeclaredGuard(),
  );
  serveDocs(app);
  await app.init();
  registerOtherMethods();
  return app;
};
