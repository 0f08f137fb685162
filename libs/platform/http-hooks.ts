import { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type IncomingMessage } from 'node:http';
import { type Socket } from 'node:net';
import { Refusal } from '#eventing/refusal.js';
import { isNotModified } from './answers.js';
import { exchangeOf } from './exchange.js';
import { bodyLimits, parseJsonBody } from './json-body.js';
import { type Logger } from './logging.js';
import { type RequestObservation } from './metrics.js';
import { sendProblem } from './problem-filter.js';
import { problemContentType, type ProblemDocument, problemOfCode, type RequestProblem } from './problems.js';

const maxUrlBytes = 8 * 1024;

/** Bodies are our JSON and nothing else. */
export const parseJsonBodies = (fastify: FastifyInstance): void => {
  fastify.removeAllContentTypeParsers();
  const options = { parseAs: 'buffer', bodyLimit: bodyLimits.bytes } as const;
  fastify.addContentTypeParser<Buffer>('application/json', options, (_request, body, done) => {
    try {
      done(null, parseJsonBody(body));
    } catch (error) {
      done(error as Error);
    }
  });
};

const headersOfEveryAnswer = (request: FastifyRequest): Record<string, string> => ({
  'X-Request-Id': request.id,
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
});

const urlTooLong: RequestProblem = { parameter: 'url', code: 'length' };
const urlUnreadable: RequestProblem = { parameter: 'url', code: 'format' };

/** What HTTP itself wants of the headers of a request (RFC 9110, sections 7.2 and 10.1.1). */
const headerFault = ({ raw, headers }: FastifyRequest): RequestProblem | undefined => {
  if (headers.host === undefined && raw.httpVersion === '1.1') return { header: 'Host', code: 'required' };
  const { expect } = headers;
  return expect === undefined || expect.toLowerCase() === '100-continue'
    ? undefined
    : { header: 'Expect', code: 'format' };
};

/** Requests whose answer has begun while the request, or the answer itself, has not ended; the last of each connection. */
const answering = new WeakMap<Socket, IncomingMessage>();

const answerBegins = ({ raw }: FastifyRequest, { raw: answer }: FastifyReply): void => {
  const { socket } = raw;
  const over = (): void => {
    if (raw.complete && answer.writableFinished && answering.get(socket) === raw) answering.delete(socket);
  };
  answering.set(socket, raw);
  answer.once('finish', over);
  raw.once('close', over);
};

/** What holds for every request and every answer, whichever route it is. */
export const addEdgeHooks = (fastify: FastifyInstance, closing: AbortSignal): void => {
  fastify.addHook('onRequest', (request, _reply, done) => {
    // A connection that is kept alive may still ask while the server closes.
    if (closing.aborted && !request.url.startsWith('/health/')) done(new Refusal('unavailable'));
    else {
      const fault = request.url.length > maxUrlBytes ? urlTooLong : headerFault(request);
      if (fault === undefined) done();
      else done(new Refusal('invalid-request', {}, [fault]));
    }
  });
  // Node would refuse it without saying why.
  fastify.server.on('checkExpectation', (request, response) => fastify.server.emit('request', request, response));
  fastify.addHook('onSend', (request, reply, payload, done) => {
    answerBegins(request, reply);
    reply.headers(headersOfEveryAnswer(request));
    if (closing.aborted) reply.header('Connection', 'close');
    if (!isNotModified(request, reply)) {
      done(null, payload);
      return;
    }
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    // HEAD measures what GET would send, and drops it then itself.
    done(null, request.method === 'HEAD' ? payload : null);
  });
};

/** One log line and one observation for every request, by its route and never by its url. */
export const observeRequests = (
  fastify: FastifyInstance,
  logger: Logger,
  observe: (request: RequestObservation) => void,
): void => {
  fastify.addHook('onResponse', (request, reply, done) => {
    const { caller, details } = exchangeOf(request);
    const route = request.routeOptions.url ?? 'unmatched';
    const observation = { method: request.method, route, status: reply.statusCode, durationMs: reply.elapsedTime };
    observe(observation);
    logger.info(
      {
        ...observation,
        durationMs: Math.round(reply.elapsedTime * 10) / 10,
        requestId: request.id,
        correlationId: details?.correlationId ?? request.id,
        callerKind: caller?.kind ?? null,
        callerId: caller?.id ?? null,
      },
      'request',
    );
    done();
  });
};

/** For requests that reach no route because their path can't be read. */
export const answerFrameworkError = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
  // A parameter longer than any id is an id that there is not.
  const isLong = error.code === 'FST_ERR_MAX_PARAM_LENGTH';
  answerBegins(request, reply);
  reply.headers(headersOfEveryAnswer(request));
  sendProblem(reply, isLong ? problemOfCode('not-found') : invalidRequest(urlUnreadable));
};

const invalidRequest = (problem: RequestProblem): ProblemDocument => ({
  ...problemOfCode('invalid-request'),
  problems: [problem],
});

/** For what is no HTTP request at all. */
export const answerClientError = (error: Error & { code?: string }, socket: Socket): void => {
  // A second answer would become part of the first.
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable || answering.has(socket)) {
    socket.destroy();
    return;
  }
  const code = error.code === 'HPE_HEADER_OVERFLOW' ? 'length' : 'format';
  const body = JSON.stringify(invalidRequest({ parameter: 'request', code }));
  const lines = [
    `Content-Type: ${problemContentType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
  ];
  socket.end(`HTTP/1.1 400 Bad Request\r\n${lines.join('\r\n')}\r\nConnection: close\r\n\r\n${body}`);
};
