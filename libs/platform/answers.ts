/** The headers of answers. Handlers call these with `@Res({ passthrough: true })`. */
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { formatPosition } from '#eventing/position.js';

/** A revision as an ETag: quoted, strong. */
export const etagOf = (revision: bigint): string => `"${revision}"`;

export interface CommandAnswer {
  readonly position: bigint;
  readonly revision: bigint;
  readonly replayed: boolean;
  /** The path of what is new; makes the answer a 201. */
  readonly location?: string;
}

/** ETag, Grantrail-Position, Idempotency-Replayed, and 201 with Location for something new, else 200. */
export const answerCommand = (reply: FastifyReply, { position, revision, replayed, location }: CommandAnswer): void => {
  reply.header('Grantrail-Position', formatPosition(position));
  // A new thing that was only tried has no revision yet.
  if (revision >= 0n) reply.header('ETag', etagOf(revision));
  if (replayed) reply.header('Idempotency-Replayed', 'true');
  reply.code(location === undefined ? 200 : 201);
  if (location !== undefined) reply.header('Location', location);
};

/**
 * Grantrail-Position, and for a single resource read now its ETag (a matching If-None-Match then gives 304).
 * Grantrail-Stale-Since when something that was recorded after that time may be missing.
 */
export const answerRead = (
  reply: FastifyReply,
  { position, revision, staleSince = null }: { position: bigint; revision?: bigint; staleSince?: Date | null },
): void => {
  reply.header('Grantrail-Position', formatPosition(position));
  if (staleSince !== null) reply.header('Grantrail-Stale-Since', staleSince.toISOString());
  if (revision !== undefined) reply.header('ETag', etagOf(revision));
};

/** Marks a route that will go (RFC 9745 and RFC 8594); times are dates. */
export const answerDeprecated = (reply: FastifyReply, { since, until }: { since: Date; until: Date }): void => {
  reply.header('Deprecation', `@${Math.floor(since.getTime() / 1000)}`).header('Sunset', until.toUTCString());
};

const opaque = (etag: string): string => etag.trim().replace(/^W\//, '');

/** Whether the client has what would be answered: the ETag is among its If-None-Match (RFC 9110, section 13.1.2). */
export const isNotModified = (request: FastifyRequest, reply: FastifyReply): boolean => {
  const etag = reply.getHeader('etag');
  const known = request.headers['if-none-match'];
  if (reply.statusCode !== 200 || typeof etag !== 'string' || known === undefined) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  return known.trim() === '*' || known.split(',').some((candidate) => opaque(candidate) === opaque(etag));
};
