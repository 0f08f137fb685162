import { describe, expect, it } from '@jest/globals';
import type { Caller } from './caller.js';
import { accountAggregate } from './account/account.js';
import {
  account,
  given,
  joined,
  operator,
  owner,
  person,
  refusalOf,
  removed,
  roles,
  system,
} from './given.spec-kit.js';
import {
  covers,
  parsePermission,
  permissionScopes,
  requirePermission,
  requirePlatformPermission,
  requireSystem,
} from './permission.js';
import { memberTarget } from './account/target.js';

const key = (scope: (Caller & { kind: 'service' })['scope'], ...permissions: string[]): Caller => ({
  kind: 'service',
  id: 'key_1',
  scope,
  permissions,
  expiresAt: null,
});

describe('a permission', () => {
  it('is resource:action@scope or *@scope', () => {
    expect(parsePermission('audit-log:view@own')).toEqual({ name: 'audit-log:view', scope: 'own' });
    expect(parsePermission('*@platform')).toEqual({ name: '*', scope: 'platform' });
    for (const text of ['members:invite', 'members:invite@world', 'members@own', 'x:*@own', ''])
      expect(parsePermission(text)).toBeUndefined();
  });

  it('is held at its widest scopes', () => {
    expect(permissionScopes(['a:b@own', 'a:b@team', 'a:c@account'], 'a:b')).toEqual(['team']);
    expect(permissionScopes(['a:b@own', 'a:b@contact'], 'a:b')).toEqual(['own', 'contact']);
    expect(permissionScopes(['*@platform'], 'anything:at-all')).toEqual(['platform']);
    expect(permissionScopes(['a:b@own'], 'a:c')).toEqual([]);
  });

  it.each([
    ['account', 'team', true],
    ['account', 'contact', true],
    ['team', 'own', true],
    ['team', 'contact', true],
    ['platform', 'account', true],
    ['own', 'own', true],
    ['own', 'contact', false],
    ['contact', 'own', false],
    ['own', 'team', false],
    ['account', 'platform', false],
  ])('at %s includes %s: %s', (held, wanted, expected) => {
    expect(covers([`a:b@${held}`], [`a:b@${wanted}`])).toBe(expected);
  });

  it('covers all that is wanted or it does not', () => {
    expect(covers(['a:b@account'], ['a:b@own', 'a:c@own'])).toBe(false);
    expect(covers(['*@platform'], ['a:b@platform', '*@platform'])).toBe(true);
    expect(covers(['a:b@platform'], ['*@own'])).toBe(false);
    expect(covers(['*@platform'], ['no permission'])).toBe(false);
    expect(covers([], [])).toBe(true);
  });
});

describe('acting in an account', () => {
  const invite = 'members:invite';
  const require =
    (caller: Caller, state = account(), name = invite) =>
    () =>
      requirePermission(caller, state, roles, name);

  it.each([
    ['the system', system],
    ['an operator', operator],
    ['its owner', owner],
    ['a platform key', key({ kind: 'platform' }, 'members:invite@platform')],
    ['its own key', key({ kind: 'account', accountId: 'acc_1' }, 'members:invite@account')],
  ])('is for %s', (_, caller) => {
    expect(require(caller)).not.toThrow();
  });

  it.each([
    ['a stranger', person('usr_stranger')],
    ['a removed member', person('usr_gone')],
    ["another account's key", key({ kind: 'account', accountId: 'acc_2' }, 'members:invite@account')],
    [
      'the key of an application it does not have',
      key({ kind: 'application', applicationId: 'app_x' }, 'members:view@account'),
    ],
  ])('is answered to %s as if there were no account', (_, caller) => {
    const state = account(joined('usr_gone', 'admin'), removed('usr_gone'));
    expect(refusalOf(require(caller, state))).toEqual({ code: 'account-not-found' });
    expect(refusalOf(require(caller, given(accountAggregate, 'acc_1')))).toEqual({ code: 'account-not-found' });
  });

  it('is refused for an account that is not there, to operators too', () => {
    expect(refusalOf(require(operator, given(accountAggregate, 'acc_1')))).toEqual({ code: 'account-not-found' });
  });

  it.each([
    ['a member without it', person('usr_staff')],
    ['a key without it', key({ kind: 'account', accountId: 'acc_1' }, 'members:view@account')],
    ['a platform auditor', { ...person('usr_auditor'), permissions: ['members:view@platform'] } as Caller],
    ["its application's key", key({ kind: 'application', applicationId: 'app_a' }, 'members:view@account')],
  ])('is refused to %s with what it needs', (_, caller) => {
    expect(refusalOf(require(caller, account(joined('usr_staff', 'staff'))))).toEqual({
      code: 'not-allowed',
      details: { needs: 'members:invite@account' },
    });
  });

  it('is refused to a suspended member', () => {
    const state = account(joined('usr_admin', 'admin'));
    state.members.get('usr_admin')!.status = 'suspended';
    expect(refusalOf(require(person('usr_admin'), state)).code).toBe('not-allowed');
  });

  it('stops for its own people and keys while it is suspended, for everybody once it is closed', () => {
    const suspended = { ...account(), status: 'suspended' as const };
    const closed = { ...account(), status: 'closed' as const };
    const own = key({ kind: 'account', accountId: 'acc_1' }, 'members:invite@account');
    for (const caller of [owner, own]) {
      expect(refusalOf(require(caller, suspended))).toEqual({ code: 'account-suspended' });
      expect(refusalOf(require(caller, closed))).toEqual({ code: 'account-closed' });
    }
    expect(require(operator, suspended)).not.toThrow();
    expect(refusalOf(require(operator, closed))).toEqual({ code: 'account-closed' });
    expect(refusalOf(require(person('usr_stranger'), closed))).toEqual({ code: 'account-not-found' });
  });
});

describe('a team admin', () => {
  const state = account(
    joined('usr_lead', 'team-admin', 'team_n'),
    joined('usr_near', 'staff', 'team_n'),
    joined('usr_far', 'staff', 'team_s'),
    joined('usr_loose', 'staff'),
    joined('usr_teamless', 'team-admin'),
  );
  const act = (caller: string, userId: string) => () =>
    requirePermission(person(caller), state, roles, 'members:remove', memberTarget(state, userId));

  it('acts on members of the own team and on themselves', () => {
    expect(act('usr_lead', 'usr_near')).not.toThrow();
    expect(act('usr_lead', 'usr_lead')).not.toThrow();
  });

  it('sees nobody else, as if they were not there', () => {
    for (const userId of ['usr_far', 'usr_loose', 'usr_owner', 'usr_nobody'])
      expect(refusalOf(act('usr_lead', userId))).toEqual({ code: 'member-not-found' });
    expect(refusalOf(act('usr_teamless', 'usr_loose'))).toEqual({ code: 'member-not-found' });
  });

  it('does nothing that concerns the whole account', () => {
    expect(refusalOf(() => requirePermission(person('usr_lead'), state, roles, 'members:remove')).code).toBe(
      'not-allowed',
    );
  });
});

describe('acting on the platform', () => {
  it('is for those who hold the permission at that scope', () => {
    for (const caller of [system, operator, key({ kind: 'platform' }, 'accounts:open@platform')])
      expect(() => requirePlatformPermission(caller, 'accounts:open')).not.toThrow();
    const needs = { code: 'not-allowed', details: { needs: 'accounts:open@platform' } };
    const pretender = key({ kind: 'account', accountId: 'acc_1' }, 'accounts:open@platform');
    for (const caller of [owner, pretender, key({ kind: 'platform' }, 'accounts:open@account')])
      expect(refusalOf(() => requirePlatformPermission(caller, 'accounts:open'))).toEqual(needs);
  });

  it('leaves to the product itself what only it decides', () => {
    expect(() => requireSystem(system)).not.toThrow();
    expect(refusalOf(() => requireSystem(operator)).code).toBe('not-allowed');
  });
});
