import { timingSafeEqual } from 'node:crypto';
import { Refusal, refuse } from '#eventing/refusal.js';
import type { CommandLoop } from '#eventing/command-loop.js';
import type { ViewReader } from '#eventing/view-reader.js';
import type { Authenticator } from '#platform/authentication.js';
import type { AuthenticatedCaller } from '#platform/exchange.js';
import { type ApiKey, apiKeyAggregate, keyStatus } from './api-key/api-key.js';
import { apiKeyOf } from './api-key/secret.js';
import type { Caller, KeyScope } from './caller.js';
import type { ApiKeyRow } from './views/api-keys.js';

const rateLimits = {
  platform: 'platformKey',
  account: 'caller',
  application: 'applicationKey',
} as const satisfies Record<KeyScope['kind'], AuthenticatedCaller['rateLimit']>;

/** A revoked key stops within a second, in every process. */
const withinMs = 500;

const isSame = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

interface KeyReading {
  readonly loop: CommandLoop;
  readonly reader: Pick<ViewReader, 'moment' | 'get'>;
}

/** Where the log can't be asked, what the view has: lists go on then. The id is found from the secret, so the row is that secret's. */
const keyOfView = async (
  { reader }: KeyReading,
  id: string,
  secretSha256: string,
  now: Date,
): Promise<ApiKey | undefined> => {
  const row = (await reader.get('api-keys', id, await reader.moment(['api-keys'], { now })))?.body as
    ApiKeyRow | undefined;
  if (row === undefined) return undefined;
  const { scope, permissions, expiresAt, status, revision } = row;
  return { id, revision: BigInt(revision), secretSha256, scope, permissions, expiresAt, revoked: status === 'revoked' };
};

const keyOfLog = async ({ loop }: KeyReading, id: string): Promise<ApiKey> => {
  const copy = (key: ApiKey): ApiKey => ({ ...key });
  const key = await loop.read(apiKeyAggregate, id, copy, { withinMs });
  // One that was issued just now, perhaps by another process, works at once.
  return key.revision < 0n ? loop.read(apiKeyAggregate, id, copy) : key;
};

/** Finds the caller of an API key by folding the key's own stream, so that a revoked key stops at once. */
export const apiKeyAuthenticator = (reading: KeyReading, now: () => Date = () => new Date()): Authenticator => ({
  authenticate: async (bearer) => {
    if (!bearer.startsWith('grk_')) return undefined;
    const { id, secretSha256 } = apiKeyOf(bearer);
    const key = await keyOfLog(reading, id).catch((error: unknown) => {
      if (error instanceof Refusal && error.code === 'cannot-confirm')
        return keyOfView(reading, id, secretSha256, now());
      throw error;
    });
    const status = key && keyStatus(key, now().toISOString());
    if (key === undefined || status === undefined || !isSame(key.secretSha256, secretSha256)) return undefined;
    if (status === 'expired') return refuse('token-expired');
    if (status === 'revoked') return undefined;
    const { scope, permissions, expiresAt } = key;
    const caller: Caller = { kind: 'service', id, scope, permissions, expiresAt };
    return { ...caller, rateLimit: rateLimits[scope.kind] } satisfies AuthenticatedCaller & Caller;
  },
});
