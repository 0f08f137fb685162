import { type CanActivate, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import canonicalize from 'canonicalize';
import { type FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { randomId } from '#eventing/ids.js';
import { Refusal } from '#eventing/refusal.js';
import { exchangeOf, type RequestDetails } from './exchange.js';
import { type Kind } from './field.js';
import { reasonKind, ticketKind } from './fields.js';
import { type RequestProblem } from './problems.js';

/** The {@link RequestDetails} of a request: `changeRole(@Details() details: RequestDetails)`. */
export const Details = createParamDecorator((_: undefined, context: ExecutionContext) =>
  detailsOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** The details that {@link detailsGuard} has read. */
export const detailsOf = (request: FastifyRequest): RequestDetails => {
  const { details } = exchangeOf(request);
  if (details === undefined) throw new Error('the details of a request were asked for before they were read');
  return details;
};

/** Reads and checks the headers of every routed request. */
export const detailsGuard: CanActivate = {
  canActivate: (context) => {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    exchangeOf(request).details = readDetails(request);
    return true;
  },
};

// Ids of requests get into the log of events, which never forgets: no e-mail address and no key may pass for one.
const acceptedId = /^(?!.*(?:@|grk_))[\x21-\x7e]{1,128}$/;
const traceParent = /^[\da-f]{2}-(?!0{32})([\da-f]{32})-[\da-f]{16}-[\da-f]{2}(?:-|$)/;

const invalid = (problem: RequestProblem): never => {
  throw new Refusal('invalid-request', {}, [problem]);
};

const single = (request: Pick<FastifyRequest, 'headers'>, name: string): string | undefined => {
  const value = request.headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join() : value;
};

/** The id sent in X-Request-Id when it is 1–128 visible ASCII, else a new one. */
export const requestIdOf = (request: Pick<FastifyRequest, 'headers'>): string => {
  const sent = single(request, 'X-Request-Id');
  return sent !== undefined && acceptedId.test(sent) ? sent : randomId('req');
};

const correlationIdOf = (request: FastifyRequest): string => {
  if (request.id === single(request, 'X-Request-Id')) return request.id;
  return traceParent.exec(single(request, 'traceparent') ?? '')?.[1] ?? request.id;
};

/** A header of percent-encoded UTF-8. */
const textHeader = (request: FastifyRequest, header: string, kind: Kind): string | undefined => {
  const sent = single(request, header);
  if (sent === undefined || sent === '') return undefined;
  let text: string;
  try {
    text = decodeURIComponent(sent).trim();
  } catch (error) {
    if (error instanceof URIError) return invalid({ header, code: 'format' });
    throw error;
  }
  const code = /^[\x20-\x7e]+$/.test(sent) ? kind.fault(text) : 'format';
  return code === undefined ? text : invalid({ header, code });
};

const given = (request: FastifyRequest, field: 'reason' | 'ticket', header: string, kind: Kind): string | undefined => {
  const inHeader = textHeader(request, header, kind);
  const body: unknown = request.body;
  const sent: unknown =
    typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[field] : undefined;
  const inBody = typeof sent === 'string' ? sent.trim() : undefined;
  if (inHeader !== undefined && inBody !== undefined && inHeader !== inBody)
    throw new Refusal('reason-given-twice', {}, [{ pointer: `/${field}`, code: 'reason-given-twice' }]);
  return inHeader ?? inBody;
};

const idempotencyKeyOf = (request: FastifyRequest): string | undefined => {
  const key = single(request, 'Idempotency-Key');
  if (key === undefined || /^[\x21-\x7e]{1,128}$/.test(key)) return key;
  return invalid({ header: 'Idempotency-Key', code: key.length > 128 || key === '' ? 'length' : 'format' });
};

/** One strong ETag of ours; `*`, weak ones and lists would not say which revision is meant. */
const ifMatchOf = (request: FastifyRequest): bigint | undefined => {
  const sent = single(request, 'If-Match');
  if (sent === undefined) return undefined;
  const revision = /^"(\d{1,19})"$/.exec(sent)?.[1];
  return revision === undefined ? invalid({ header: 'If-Match', code: 'format' }) : BigInt(revision);
};

const dryRunOf = (request: FastifyRequest): boolean => {
  const sent = (request.query as Record<string, unknown> | null)?.['dryRun'];
  if (sent === undefined || sent === 'false') return false;
  return sent === 'true' || invalid({ parameter: 'dryRun', code: 'type' });
};

const readDetails = (request: FastifyRequest): RequestDetails => {
  const reason = given(request, 'reason', 'Grantrail-Reason', reasonKind);
  const ticket = given(request, 'ticket', 'Grantrail-Ticket', ticketKind);
  const idempotencyKey = idempotencyKeyOf(request);
  const ifMatch = ifMatchOf(request);
  return {
    requestId: request.id,
    correlationId: correlationIdOf(request),
    ...(reason === undefined ? {} : { reason }),
    ...(ticket === undefined ? {} : { ticket }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(ifMatch === undefined ? {} : { ifMatch }),
    dryRun: dryRunOf(request),
    // Read by the handler, when the body is known to be sound.
    get requestHash() {
      const [path] = request.url.split('?');
      return createHash('sha256')
        .update(`${request.method}\n${path}\n${canonicalize(request.body) ?? ''}`)
        .digest('hex');
    },
  };
};
