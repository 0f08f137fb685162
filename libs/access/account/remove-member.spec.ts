import { describe, expect, it } from '@jest/globals';
import {
  account,
  accountId,
  after,
  assigned,
  by,
  granted,
  grantIdOf,
  invitedTo,
  joined,
  operator,
  owner,
  person,
  refusalOf,
  removed,
  roles,
  types,
} from '../given.spec-kit.js';
import { remaining } from './cascade.js';
import { removeMember, RemoveMember } from './remove-member.js';

const remove = (userId: string, caller = owner) => new RemoveMember({ accountId, userId }, by(caller));
const staffed = () =>
  account(joined('usr_a', 'staff'), joined('usr_admin', 'admin'), granted('usr_a', 'app_a'), granted('usr_a', 'app_b'));

describe('removing a member', () => {
  it('takes all their accesses', () => {
    const state = staffed();
    const facts = removeMember(remove('usr_a'), state, roles);
    expect(types(facts)).toEqual(['MemberRemoved', 'AccessRevoked', 'AccessRevoked']);
    expect(facts[1]?.data).toEqual({
      accountId,
      grantId: grantIdOf('usr_a', 'app_a'),
      userId: 'usr_a',
      applicationId: 'app_a',
      cause: 'member-removed',
    });
    after(state, facts);
    expect(remaining(state)).toBe(0);
    expect(refusalOf(() => removeMember(remove('usr_a'), state, roles)).code).toBe('member-not-found');
  });

  it('leaves beyond one append what is gone already, also for one who joins again', () => {
    const many = Array.from({ length: 1_200 }, (_, n) => `app_${n}`);
    const state = account(
      joined('usr_a', 'staff'),
      ...many.map((id) => assigned(id)),
      ...many.map((id) => granted('usr_a', id)),
    );
    const facts = removeMember(remove('usr_a'), state, roles);
    after(state, [...facts, joined('usr_a', 'staff')]);
    expect(remaining(state)).toBe(1_200 - (facts.length - 1));
    expect(state.members.get('usr_a')).toMatchObject({ status: 'active', accesses: new Map() });
  });

  it('needs members:remove, and a member', () => {
    expect(refusalOf(() => removeMember(remove('usr_admin', person('usr_a')), staffed(), roles))).toEqual({
      code: 'not-allowed',
      details: { needs: 'members:remove@account' },
    });
    for (const userId of ['usr_nobody', 'usr_invited', 'usr_gone']) {
      const state = account(invitedTo('usr_invited'), joined('usr_gone', 'staff'), removed('usr_gone'));
      expect(refusalOf(() => removeMember(remove(userId), state, roles)).code).toBe('member-not-found');
    }
  });

  it('is refused for somebody who holds more', () => {
    expect(refusalOf(() => removeMember(remove('usr_owner', person('usr_admin')), staffed(), roles)).code).toBe(
      'role-exceeds-yours',
    );
  });

  it('never takes the last active owner', () => {
    for (const caller of [owner, operator])
      expect(refusalOf(() => removeMember(remove('usr_owner', caller), staffed(), roles)).code).toBe('last-owner');
    const state = account(joined('usr_second', 'owner'));
    after(state, removeMember(remove('usr_owner', person('usr_second')), state, roles));
    expect(refusalOf(() => removeMember(remove('usr_second', person('usr_second')), state, roles)).code).toBe(
      'last-owner',
    );
  });
});

describe('leaving', () => {
  it('needs no permission', () => {
    expect(types(removeMember(remove('usr_a', person('usr_a')), staffed(), roles))).toContain('MemberRemoved');
  });

  it('is not possible where one is not', () => {
    expect(refusalOf(() => removeMember(remove('usr_x', person('usr_x')), staffed(), roles)).code).toBe(
      'account-not-found',
    );
  });

  it('waits while the account is suspended', () => {
    const state = { ...staffed(), status: 'suspended' as const };
    expect(refusalOf(() => removeMember(remove('usr_a', person('usr_a')), state, roles)).code).toBe(
      'account-suspended',
    );
  });
});
