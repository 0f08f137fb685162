import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Access } from '#access/access.js';
import { IssueApiKey } from '#access/api-key/issue-api-key.js';
import { RevokeApiKey } from '#access/api-key/revoke-api-key.js';
import { apiKeyIdOf, apiKeySha256, newApiKeySecret } from '#access/api-key/secret.js';
import type { Done } from '#access/use-case.js';
import { installationOn, type Kept, kept, keyed, prepared, run } from './installation.spec-kit.js';

describe('the last keys that run the installation', () => {
  let stores: Kept;
  beforeEach(() => {
    stores = kept();
  });
  afterEach(() => stores.remove());

  const issue = async (access: Access, permission: string): Promise<string> => {
    const secret = newApiKeySecret();
    const said = { keyId: apiKeyIdOf(secret), secretSha256: apiKeySha256(secret), name: permission };
    const scope = { kind: 'platform' } as const;
    const done = await run(access, new IssueApiKey({ ...said, scope, permissions: [permission] }, keyed(said.keyId)));
    return done.id;
  };
  const revoke = (access: Access, keyId: string): Promise<Done> =>
    run(access, new RevokeApiKey({ keyId }, keyed(`revoke ${keyId}`)));

  it('do not end each other', async () => {
    const installation = installationOn(stores.engines());
    await installation.start({} as never);
    const { access } = installation;
    await issue(access, '*@platform');
    const keyIds = stores.log.events
      .filter(({ type }) => type === 'ApiKeyIssued')
      .map(({ data }) => data['keyId'] as string);
    expect(keyIds).toHaveLength(2);
    const outcomes = await Promise.allSettled(keyIds.map((keyId) => revoke(access, keyId)));
    await installation.stop();
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'last-operator' } });
  });

  it('are asked about for no other key, whose end waits for no view', async () => {
    const access = await prepared(installationOn(stores.engines()));
    const { outcome } = await revoke(access, await issue(access, 'accounts:view@platform'));
    expect(outcome.changed).toBe(true);
  });
});
