import { describe, expect, it } from '@jest/globals';
import type { Caller, KeyScope } from '../caller.js';
import {
  account,
  accountId,
  application,
  by,
  given,
  joined,
  later,
  now,
  operator,
  owner,
  person,
  refusalOf,
  roles,
  system,
} from '../given.spec-kit.js';
import { apiKeyAggregate, keyStatus } from './api-key.js';
import { issueApiKey, IssueApiKey } from './issue-api-key.js';
import type { KeyTerms } from './key-management.js';
import { revokeApiKey, RevokeApiKey } from './revoke-api-key.js';
import { apiKeyIdOf, apiKeySha256, newApiKeySecret } from './secret.js';

const keyId = 'key_1';
const ofPlatform: KeyScope = { kind: 'platform' };
const ofAccount: KeyScope = { kind: 'account', accountId };
const ofApplication: KeyScope = { kind: 'application', applicationId: 'app_a' };
const inAccount = (): KeyTerms => ({
  account: account(joined('usr_admin', 'admin'), joined('usr_s', 'staff')),
  application: undefined,
  roles,
});
const published = (): KeyTerms => ({
  ...inAccount(),
  application: application('app_a', { publisherAccountId: accountId }),
});
const nowhere: KeyTerms = { account: undefined, application: undefined, roles };
const none = () => given(apiKeyAggregate, keyId);

const issue = (caller: Caller, scope: KeyScope, permissions: string[], expiresAt?: string) =>
  new IssueApiKey({ keyId, secretSha256: 'ab12', name: 'Sync', scope, permissions, expiresAt }, by(caller));
const issued = (scope: KeyScope = ofPlatform, expiresAt?: string) =>
  given(apiKeyAggregate, keyId, ...issueApiKey(issue(system, scope, ['access:check'], expiresAt), none(), published()));

describe('issuing an api key', () => {
  it('keeps the hash, the scope and the permissions', () => {
    const command = issue(
      owner,
      ofAccount,
      ['members:view@account', 'access:check', 'access:check'],
      '2026-04-01T00:00:00Z',
    );
    expect(issueApiKey(command, none(), inAccount())).toEqual([
      {
        type: 'ApiKeyIssued',
        data: {
          keyId,
          name: 'Sync',
          secretSha256: 'ab12',
          scope: ofAccount,
          permissions: ['members:view@account', 'access:check@account'],
          expiresAt: '2026-04-01T00:00:00.000Z',
        },
      },
    ]);
  });

  it('reaches the platform for operators and the system', () => {
    for (const caller of [system, operator])
      expect(
        issueApiKey(issue(caller, ofPlatform, ['*@platform', 'access:follow']), none(), nowhere)[0]?.data,
      ).toMatchObject({
        permissions: ['*@platform', 'access:follow@platform'],
      });
  });

  it('is nothing to do when it is there', () => {
    expect(issueApiKey(issue(operator, ofPlatform, ['access:check']), issued(), nowhere)).toEqual([]);
  });

  it('needs api-keys:manage where the key reaches', () => {
    expect(refusalOf(() => issueApiKey(issue(person('usr_s'), ofAccount, []), none(), inAccount()))).toEqual({
      code: 'not-allowed',
      details: { needs: 'api-keys:manage@account' },
    });
    expect(refusalOf(() => issueApiKey(issue(person('usr_x'), ofAccount, []), none(), inAccount())).code).toBe(
      'account-not-found',
    );
    expect(refusalOf(() => issueApiKey(issue(owner, ofAccount, []), none(), nowhere)).code).toBe('account-not-found');
    expect(refusalOf(() => issueApiKey(issue(owner, ofApplication, []), none(), nowhere)).code).toBe(
      'application-not-found',
    );
    const auditor: Caller = { kind: 'user', id: 'usr_pa', permissions: ['members:view@platform'] };
    const ofThePlatform = { ...nowhere, application: application('app_a') };
    expect(refusalOf(() => issueApiKey(issue(auditor, ofApplication, []), none(), ofThePlatform)).code).toBe(
      'not-allowed',
    );
  });

  it('tells an account nothing of applications that are not its own', () => {
    const ofThePlatform = { ...nowhere, application: application('app_a') };
    const ofAnother = { ...ofThePlatform, account: account(), roles };
    for (const [caller, terms] of [
      [owner, nowhere],
      [owner, ofThePlatform],
      [person('usr_x'), ofAnother],
    ] as const)
      expect(refusalOf(() => issueApiKey(issue(caller, ofApplication, ['access:check']), none(), terms))).toEqual({
        code: 'application-not-found',
      });
  });

  it.each<[string, Caller, KeyScope, string[]]>([
    ['an account’s owner on the platform', owner, ofPlatform, ['access:check']],
    ['an admin what only an owner holds', person('usr_admin'), ofAccount, ['account:close@account']],
    ['anybody more than the account', operator, ofAccount, ['members:view@platform']],
    ['an owner everything', owner, ofAccount, ['*@account']],
  ])('does not give %s', (_, caller, scope, permissions) => {
    expect(refusalOf(() => issueApiKey(issue(caller, scope, permissions), none(), inAccount())).code).toBe(
      'scope-exceeds-yours',
    );
  });

  it('gives a key no more than the key that issues it has', () => {
    const manager: Caller = {
      kind: 'service',
      id: 'key_0',
      scope: ofPlatform,
      permissions: ['api-keys:manage@platform'],
      expiresAt: null,
    };
    expect(refusalOf(() => issueApiKey(issue(manager, ofPlatform, ['*@platform']), none(), nowhere)).code).toBe(
      'scope-exceeds-yours',
    );
    expect(issueApiKey(issue(manager, ofPlatform, ['api-keys:manage']), none(), nowhere)).toHaveLength(1);
  });

  it('names permissions that do not exist, for an application’s key all but its own few', () => {
    const odd = ['access:check', 'members:fly@account', 'nonsense', 'members:view@world'];
    expect(refusalOf(() => issueApiKey(issue(owner, ofAccount, odd), none(), inAccount())).problems).toEqual([
      { code: 'permission-unknown', pointer: '/permissions/1' },
      { code: 'permission-unknown', pointer: '/permissions/2' },
      { code: 'permission-unknown', pointer: '/permissions/3' },
    ]);
    const few = ['access:check', 'access:follow', 'members:view'];
    expect(issueApiKey(issue(owner, ofApplication, few), none(), published())).toHaveLength(1);
    expect(
      refusalOf(() => issueApiKey(issue(owner, ofApplication, ['members:invite']), none(), published())).code,
    ).toBe('permission-unknown');
  });

  it('ends in the future', () => {
    expect(refusalOf(() => issueApiKey(issue(operator, ofPlatform, [], now), none(), nowhere))).toEqual({
      code: 'expires-at-past',
    });
  });
});

describe('revoking an api key', () => {
  const revoke = (caller: Caller) => new RevokeApiKey({ keyId }, by(caller));
  const terms = (rest: KeyTerms = published(), isLastOperator = false) => ({ ...rest, isLastOperator });

  it('is a fact, once', () => {
    const facts = revokeApiKey(revoke(operator), issued(), terms());
    expect(facts).toEqual([{ type: 'ApiKeyRevoked', data: { keyId } }]);
    expect(revokeApiKey(revoke(operator), { ...issued(), revoked: true }, terms())).toEqual([]);
  });

  it('is for whoever manages keys where it reaches; for others out there it is not there', () => {
    expect(revokeApiKey(revoke(owner), issued(ofAccount), terms())).toHaveLength(1);
    expect(revokeApiKey(revoke(owner), issued(ofApplication), terms())).toHaveLength(1);
    expect(refusalOf(() => revokeApiKey(revoke(person('usr_s')), issued(ofAccount), terms())).code).toBe('not-allowed');
    expect(refusalOf(() => revokeApiKey(revoke(person('usr_x')), issued(ofAccount), terms()))).toEqual({
      code: 'api-key-not-found',
    });
    expect(refusalOf(() => revokeApiKey(revoke(operator), none(), terms()))).toEqual({ code: 'api-key-not-found' });
  });

  it('tells an account nothing of the platform’s keys', () => {
    const ofThePlatform = terms({ ...nowhere, application: application('app_a') });
    for (const scope of [ofPlatform, ofApplication])
      expect(refusalOf(() => revokeApiKey(revoke(owner), issued(scope), ofThePlatform))).toEqual({
        code: 'api-key-not-found',
      });
  });

  it('keeps the last operator', () => {
    expect(refusalOf(() => revokeApiKey(revoke(operator), issued(), terms(nowhere, true)))).toEqual({
      code: 'last-operator',
    });
  });
});

describe('an api key', () => {
  it('is active, expired from its end on, or revoked', () => {
    expect(keyStatus(none(), now)).toBeUndefined();
    const key = issued(ofPlatform, later(60));
    expect(keyStatus(key, later(59))).toBe('active');
    expect(keyStatus(key, later(60))).toBe('expired');
    expect(keyStatus({ ...key, revoked: true }, later(60))).toBe('revoked');
    expect(keyStatus(issued(), later(1e9))).toBe('active');
  });

  it('has a secret of which its id and hash follow', () => {
    expect(newApiKeySecret()).toMatch(/^grk_[\w-]{43}$/);
    expect(newApiKeySecret()).not.toBe(newApiKeySecret());
    const secret = newApiKeySecret(new Uint8Array(32));
    expect(secret).toBe(`grk_${'A'.repeat(43)}`);
    expect(apiKeyIdOf(secret)).toMatch(/^key_[a-z2-7]{26}$/);
    expect(apiKeyIdOf(secret)).toBe(apiKeyIdOf(secret));
    expect(apiKeySha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
