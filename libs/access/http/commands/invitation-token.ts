import type { FastifyRequest } from 'fastify';
import { Text } from '#platform/fields.js';
import type { CallerContext } from '../../caller.js';
import { contextOf } from './context.js';

/** What a mailed link carries. */
export class TokenBody {
  @Text({ max: 100, description: 'The token of the mail.' }) readonly token!: string;
}

/** The context of whoever holds a token: the invited person, with the token in the place of a name for the Idempotency-Key. */
export const inviteeContext = (request: FastifyRequest, userId: string, tokenSha256: string): CallerContext =>
  contextOf(request, { kind: 'user', id: userId, permissions: [] }, tokenSha256);
