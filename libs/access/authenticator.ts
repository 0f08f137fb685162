import { timingSafeEqual } from 'node:crypto';
import { refuse } from '#eventing/refusal.js';
import type { CommandLoop } from '#eventing/command-loop.js';
import type { Authenticator } from '#platform/authentication.js';
import type { AuthenticatedCaller } from '#platform/exchange.js';
import { apiKeyAggregate, keyStatus } from './api-key/api-key.js';
import { apiKeyIdOf, apiKeySha256 } from './api-key/secret.js';
import type { Caller, KeyScope } from './caller.js';

const rateLimits = {
  platform: 'platformKey',
  account: 'caller',
  application: 'applicationKey',
} as const satisfies Record<KeyScope['kind'], AuthenticatedCaller['rateLimit']>;

const isSame = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

/** Finds the caller of an API key by folding the key's own stream, so that a revoked key stops at once. */
export const apiKeyAuthenticator = (loop: CommandLoop, now: () => Date = () => new Date()): Authenticator => ({
  authenticate: async (bearer) => {
    if (!bearer.startsWith('grk_')) return undefined;
    const id = apiKeyIdOf(bearer);
    const key = await loop.read(apiKeyAggregate, id, (state) => ({ ...state }));
    const status = keyStatus(key, now().toISOString());
    if (status === undefined || !isSame(key.secretSha256, apiKeySha256(bearer))) return undefined;
    if (status === 'expired') return refuse('token-expired');
    if (status === 'revoked') return undefined;
    const { scope, permissions, expiresAt } = key;
    const caller: Caller = { kind: 'service', id, scope, permissions, expiresAt };
    return { ...caller, rateLimit: rateLimits[scope.kind] } satisfies AuthenticatedCaller & Caller;
  },
});
