import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { OutcomeUnknown, StoreReadOnly, StoreUnavailable } from '#eventing/event-store.js';
import { UnknownEventType } from '#eventing/event-types.js';
import { Refusal } from '#eventing/refusal.js';
import { etagOf } from './answers.js';
import { challengeOf } from './authentication.js';
import { type Logger } from './logging.js';
import { type ProblemCode } from './problem-catalogue.js';
import { problemContentType, type ProblemDocument, problemOf, problemOfCode } from './problems.js';
import { rateLimitHeader, type Remaining } from './rate-limits.js';

/** Codes for what Nest and Fastify refuse themselves, by status; what is not here is a request not as it should be. */
const codeOfStatus: Readonly<Record<number, ProblemCode>> = {
  401: 'credentials-invalid',
  403: 'not-allowed',
  404: 'not-found',
  405: 'method-not-allowed',
  406: 'not-acceptable',
  413: 'body-too-large',
  415: 'media-type-unsupported',
  429: 'rate-limited',
  503: 'unavailable',
};

/** Undefined for what nobody foresaw. */
const foreseen = (error: unknown): ProblemDocument | undefined => {
  if (error instanceof Refusal) return problemOf(error);
  if (error instanceof StoreReadOnly) return problemOfCode('read-only');
  // An event of a newer build, while the product is being upgraded: another process can answer.
  if (error instanceof StoreUnavailable || error instanceof OutcomeUnknown || error instanceof UnknownEventType)
    return problemOfCode('unavailable');
  if (!(error instanceof HttpException)) return undefined;
  const status = error.getStatus();
  const code = codeOfStatus[status] ?? (status < 500 ? 'invalid-request' : undefined);
  return code === undefined ? undefined : problemOfCode(code);
};

const defaultRetrySeconds = 1;

/** Headers that belong to a problem. */
const headersOf = (problem: ProblemDocument, details: Readonly<Record<string, unknown>>): Record<string, string> => {
  const headers: Record<string, string> = {};
  const { status } = problem;
  if (status === 401) headers['WWW-Authenticate'] = challengeOf(problem.code);
  if (typeof details['allow'] === 'string') headers['Allow'] = details['allow'];
  if (status === 412 && typeof details['revision'] === 'bigint') headers['ETag'] = etagOf(details['revision']);
  if (typeof details['limit'] === 'string') headers['RateLimit'] = rateLimitHeader(details as unknown as Remaining);
  if (status === 429 || status === 503) {
    const seconds = details['retryAfterSeconds'];
    headers['Retry-After'] = String(typeof seconds === 'number' ? Math.ceil(seconds) : defaultRetrySeconds);
  }
  return headers;
};

/** Answers a problem with the bytes of its code. */
export const sendProblem = (
  reply: FastifyReply,
  problem: ProblemDocument,
  details: Readonly<Record<string, unknown>> = {},
): void => {
  // What a handler has said of its success does not hold.
  for (const header of ['ETag', 'Location', 'Grantrail-Position']) reply.removeHeader(header);
  void reply
    .code(problem.status)
    .headers(headersOf(problem, details))
    .type(problemContentType)
    .send(JSON.stringify(problem));
};

const gone = (request: FastifyRequest): boolean => request.raw.destroyed && !request.raw.complete;

/** Turns whatever was thrown into a problem; what nobody foresaw is logged with its stack and answered as `internal`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger: Logger;
  constructor(logger: Logger) {
    this.#logger = logger;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = foreseen(error);
    if (problem === undefined && !gone(request))
      this.#logger.error({ err: error, requestId: request.id }, 'a request failed');
    if (reply.sent || reply.raw.headersSent) {
      // Half an answer is out: only breaking it off tells the client.
      reply.raw.destroy();
      return;
    }
    sendProblem(reply, problem ?? problemOfCode('internal'), error instanceof Refusal ? error.details : {});
  }
}
