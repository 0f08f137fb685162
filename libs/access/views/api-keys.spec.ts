import { describe, expect, it } from '@jest/globals';
import { type EventDataOf, fact } from '../events.js';
import { type ApiKeyRow, apiKeysView } from './api-keys.js';
import { acme, billing, tokenSha256 } from './facts.spec-kit.js';
import { at, folded, log, olga } from './folded.spec-kit.js';

const issued = (keyId: string, scope: EventDataOf<'ApiKeyIssued'>['scope'], expiresAt?: string) =>
  fact('ApiKeyIssued', {
    keyId,
    name: 'Sync',
    secretSha256: tokenSha256,
    scope,
    permissions: ['access:check@account'],
    expiresAt,
  });

const row: ApiKeyRow = {
  keyId: 'key_1',
  name: 'Sync',
  scope: { kind: 'account', accountId: acme },
  permissions: ['access:check@account'],
  status: 'active',
  issuedAt: at(1),
  issuedBy: olga,
  expiresAt: null,
  revokedAt: null,
  revision: '0',
};

describe('api-keys', () => {
  it('has every key by where it reaches, without its secret', async () => {
    const { rows, keysWhere } = await folded(
      apiKeysView,
      log(
        issued('key_1', { kind: 'account', accountId: acme }),
        issued('key_2', { kind: 'application', applicationId: billing }, at(90)),
        issued('key_3', { kind: 'platform' }),
      ),
    );
    expect(rows).toEqual({
      key_1: row,
      key_2: {
        ...row,
        keyId: 'key_2',
        scope: { kind: 'application', applicationId: billing },
        issuedAt: at(2),
        expiresAt: at(90),
      },
      key_3: { ...row, keyId: 'key_3', scope: { kind: 'platform' }, issuedAt: at(3) },
    });
    expect(await keysWhere('accountId', acme)).toEqual(['key_1']);
    expect(await keysWhere('applicationId', billing)).toEqual(['key_2']);
  });

  it('is revoked', async () => {
    const { rows } = await folded(
      apiKeysView,
      log(issued('key_1', { kind: 'account', accountId: acme }), fact('ApiKeyRevoked', { keyId: 'key_1' })),
    );
    expect(rows).toEqual({ key_1: { ...row, status: 'revoked', revokedAt: at(2), revision: '1' } });
  });
});
