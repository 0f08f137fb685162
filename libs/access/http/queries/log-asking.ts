import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuse } from '#eventing/refusal.js';
import { answerRead } from '#platform/answers.js';
import type { Authenticator } from '#platform/authentication.js';
import type { Caller } from '../../caller.js';
import { type FeedPage, readPlace } from '../../queries/feed-place.js';

/** What questions about history are answered from: provides a LogReading. */
export const LOG_READING = Symbol('LogReading');

/** The caller of a request as its credentials show them by now; what is not valid any more is refused as it is at the door. */
export const renewing = (authenticator: Authenticator, { headers }: FastifyRequest): (() => Promise<Caller>) => {
  const [, bearer = ''] = /^Bearer +(.+?) *$/i.exec(headers.authorization ?? '') ?? [];
  return async () =>
    ((await authenticator.authenticate(bearer)) as Caller | undefined) ?? refuse('credentials-invalid');
};

/** A feed's answer, with the moment it reaches. */
export const answeredFeed = <Row>(reply: FastifyReply, page: FeedPage<Row>): FeedPage<Row> => {
  answerRead(reply, { position: readPlace(page.nextAfter).position });
  return page;
};

/** Aborted once the client is gone, or another signal is. */
export const whileWanted = (reply: FastifyReply, ...others: readonly AbortSignal[]): AbortSignal => {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return others.length === 0 ? gone.signal : AbortSignal.any([gone.signal, ...others]);
};
