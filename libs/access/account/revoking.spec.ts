import { describe, expect, it } from '@jest/globals';
import {
  account,
  accountId,
  after,
  by,
  granted,
  grantIdOf,
  invitedTo,
  joined,
  later,
  now,
  owner,
  person,
  refusalOf,
  roles,
  system,
} from '../given.spec-kit.js';
import { expireAccess, ExpireAccess } from './expire-access.js';
import { revokeAccess, RevokeAccess } from './revoke-access.js';
import { revokeAccessFromMany, RevokeAccessFromMany } from './revoke-access-from-many.js';

const ann = { accountId, userId: 'usr_a', applicationId: 'app_a' };
const grantId = grantIdOf('usr_a', 'app_a');
const withAccess = (expiresAt?: string) =>
  account(
    joined('usr_a', 'staff'),
    joined('usr_b', 'staff'),
    granted('usr_a', 'app_a', expiresAt === undefined ? {} : { expiresAt }),
    granted('usr_b', 'app_a'),
  );

describe('revoking access', () => {
  const revoke = (userId = 'usr_a', applicationId = 'app_a', caller = owner) =>
    new RevokeAccess({ accountId, userId, applicationId }, by(caller));

  it('names the grant and the cause', () => {
    const state = withAccess();
    const facts = revokeAccess(revoke(), state, roles);
    expect(facts).toEqual([{ type: 'AccessRevoked', data: { ...ann, grantId, cause: 'revoked' } }]);
    expect(revokeAccess(revoke(), after(state, facts), roles)).toEqual([]);
  });

  it('has nothing to do where none stands', () => {
    expect(revokeAccess(revoke('usr_a', 'app_b'), withAccess(), roles)).toEqual([]);
    expect(revokeAccess(revoke(), withAccess(now), roles)).toEqual([]);
  });

  it('needs a member', () => {
    for (const userId of ['usr_nobody', 'usr_invited'])
      expect(refusalOf(() => revokeAccess(revoke(userId), account(invitedTo('usr_invited')), roles)).code).toBe(
        'member-not-found',
      );
  });

  it('needs members:revoke-access', () => {
    expect(refusalOf(() => revokeAccess(revoke('usr_a', 'app_a', person('usr_b')), withAccess(), roles))).toEqual({
      code: 'not-allowed',
      details: { needs: 'members:revoke-access@account' },
    });
  });
});

describe('revoking access from many', () => {
  const revoke = (users: string[], caller = owner) =>
    new RevokeAccessFromMany(
      { accountId, accesses: users.map((userId) => ({ userId, applicationId: 'app_a' })) },
      by(caller),
    );

  it('says so of each pair that stands, once', () => {
    const facts = revokeAccessFromMany(revoke(['usr_a', 'usr_b', 'usr_a', 'usr_owner']), withAccess(), roles);
    expect(facts.map(({ data }) => data)).toMatchObject([{ userId: 'usr_a' }, { userId: 'usr_b' }]);
  });

  it('refuses all for one who is no member', () => {
    expect(refusalOf(() => revokeAccessFromMany(revoke(['usr_a', 'usr_x']), withAccess(), roles))).toEqual({
      code: 'member-not-found',
      problems: [{ code: 'member-not-found', pointer: '/accesses/1/userId', id: 'usr_x' }],
    });
  });

  it('needs members:revoke-access', () => {
    expect(refusalOf(() => revokeAccessFromMany(revoke(['usr_a'], person('usr_b')), withAccess(), roles)).code).toBe(
      'not-allowed',
    );
  });
});

describe('the end of an access', () => {
  const expire = (caller = system, grant = grantId) => new ExpireAccess({ ...ann, grantId: grant }, by(caller));

  it('is a fact from its time on', () => {
    expect(expireAccess(expire(), withAccess(later(1)))).toEqual([]);
    const state = withAccess(now);
    const facts = expireAccess(expire(), state);
    expect(facts).toEqual([{ type: 'AccessExpired', data: { ...ann, grantId } }]);
    expect(expireAccess(expire(), after(state, facts))).toEqual([]);
  });

  it('decides nothing for another grant, one without an end, or none', () => {
    expect(expireAccess(expire(system, 'grt_old'), withAccess(now))).toEqual([]);
    expect(expireAccess(expire(), withAccess())).toEqual([]);
    expect(expireAccess(expire(), account())).toEqual([]);
  });

  it('is the system’s alone', () => {
    expect(refusalOf(() => expireAccess(expire(owner), withAccess(now))).code).toBe('not-allowed');
  });
});
