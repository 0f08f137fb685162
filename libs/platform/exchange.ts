import { type FastifyRequest } from 'fastify';

/** Who calls, as the edge sees it; products add what they know. */
export interface AuthenticatedCaller {
  readonly kind: 'user' | 'service' | 'system';
  readonly id: string;
  /** Which rate limit counts for the caller: `caller` (people, account keys) when left out. */
  readonly rateLimit?: 'caller' | 'platformKey' | 'applicationKey';
}

/** What comes with every request beside its parameters and body. */
export interface RequestDetails {
  readonly requestId: string;
  /** The request id that was sent, else the trace's id, else the request id that was made. */
  readonly correlationId: string;
  /** From the header or the body. */
  readonly reason?: string;
  readonly ticket?: string;
  readonly idempotencyKey?: string;
  /** SHA-256 of method, path and canonical body (RFC 8785), in hex. */
  readonly requestHash: string;
  readonly ifMatch?: bigint;
  readonly dryRun: boolean;
}

/** What the edge has found out about a request on its way in. */
export interface Exchange {
  caller?: AuthenticatedCaller;
  details?: RequestDetails;
}

interface Carrier {
  grantrailExchange?: Exchange;
}

/** The exchange of a request, the same one each time. */
export const exchangeOf = (request: FastifyRequest): Exchange => {
  const carrier = request as Carrier;
  return (carrier.grantrailExchange ??= {});
};
