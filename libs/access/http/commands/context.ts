import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { derivedId, randomId } from '#eventing/ids.js';
import { exchangeOf } from '#platform/exchange.js';
import { detailsOf } from '#platform/request-details.js';
import type { Caller, CallerContext } from '../../caller.js';

/**
 * The context of a caller's command. Its id derives from the caller, the route and the Idempotency-Key, so that the same request
 * again is the same command; without a key each request is a new one.
 */
export const contextOf = (request: FastifyRequest, caller: Caller, callerKey: string = caller.id): CallerContext => {
  const details = detailsOf(request);
  const { correlationId, reason, ticket, idempotencyKey, ifMatch, dryRun } = details;
  const path = request.url.split('?', 1)[0] ?? '';
  const identity =
    idempotencyKey === undefined
      ? { commandId: randomId('cmd') }
      : {
          commandId: derivedId('cmd', callerKey, request.method, path, idempotencyKey),
          requestHash: details.requestHash,
        };
  return {
    ...identity,
    caller,
    actor: { kind: caller.kind, id: caller.id },
    ...(caller.kind === 'service' && { via: caller.id }),
    now: new Date().toISOString(),
    correlationId,
    dryRun,
    ...(reason !== undefined && { reason }),
    ...(ticket !== undefined && { ticket }),
    ...(ifMatch !== undefined && { ifMatch }),
  };
};

/** The {@link CallerContext} of an authenticated request. */
export const Context = createParamDecorator((_: undefined, execution: ExecutionContext): CallerContext => {
  const request = execution.switchToHttp().getRequest<FastifyRequest>();
  const { caller } = exchangeOf(request);
  if (caller === undefined) throw new Error('a route that takes commands lets in nobody without a caller');
  return contextOf(request, caller as Caller);
});
