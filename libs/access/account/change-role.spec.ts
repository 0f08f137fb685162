import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../caller.js';
import {
  account,
  accountId,
  after,
  by,
  granted,
  invitedTo,
  joined,
  later,
  operator,
  owner,
  person,
  refusalOf,
  removed,
  roles,
  rolesWith,
} from '../given.spec-kit.js';
import { changeRole, ChangeRole } from './change-role.js';

const change = (caller: Caller, userId: string, role: string | null, applicationId?: string) =>
  new ChangeRole({ accountId, userId, role, applicationId }, by(caller));
const staffed = () =>
  account(joined('usr_a', 'staff'), joined('usr_admin', 'admin'), granted('usr_a', 'app_a', { role: 'viewer' }));
const admin = person('usr_admin');

describe('changing a role', () => {
  it('says from what to what', () => {
    expect(changeRole(change(owner, 'usr_a', 'viewer'), staffed(), roles)).toEqual([
      { type: 'RoleChanged', data: { accountId, userId: 'usr_a', from: 'staff', to: 'viewer' } },
    ]);
  });

  it('is nothing to do when the member has it', () => {
    expect(changeRole(change(owner, 'usr_a', 'staff'), staffed(), roles)).toEqual([]);
  });

  it('needs members:change-role', () => {
    expect(refusalOf(() => changeRole(change(person('usr_a'), 'usr_admin', 'staff'), staffed(), roles))).toEqual({
      code: 'not-allowed',
      details: { needs: 'members:change-role@account' },
    });
  });

  it.each(['usr_nobody', 'usr_gone', 'usr_invited'])('needs a member: %s', (userId) => {
    const state = account(joined('usr_gone', 'staff'), removed('usr_gone'), invitedTo('usr_invited'));
    expect(refusalOf(() => changeRole(change(owner, userId, 'viewer'), state, roles)).code).toBe('member-not-found');
  });

  it.each(['chief', 'guest', 'operator', 'platform-auditor'])(
    'gives no role that is not given in accounts: %s',
    (role) => {
      expect(refusalOf(() => changeRole(change(operator, 'usr_a', role), staffed(), roles)).code).toBe('role-unknown');
    },
  );

  it('gives no role of another account, and no retired one', () => {
    const role = { ...roles.get('staff')!, id: 'rol_x' };
    const foreign = rolesWith({ ...role, accountId: 'acc_2' });
    expect(refusalOf(() => changeRole(change(owner, 'usr_a', 'rol_x'), staffed(), foreign)).code).toBe('role-unknown');
    const own = rolesWith({ ...role, accountId });
    expect(changeRole(change(owner, 'usr_a', 'rol_x'), staffed(), own)).toHaveLength(1);
    const retired = rolesWith({ ...role, status: 'retired' });
    expect(refusalOf(() => changeRole(change(owner, 'usr_a', 'rol_x'), staffed(), retired)).code).toBe('role-retired');
  });

  it('takes a role for a member', () => {
    expect(refusalOf(() => changeRole(change(owner, 'usr_a', null), staffed(), roles)).code).toBe('role-unknown');
  });

  it('gives nobody more than the caller holds, and takes from nobody who holds more', () => {
    for (const [userId, role] of [
      ['usr_a', 'owner'],
      ['usr_admin', 'owner'],
      ['usr_owner', 'admin'],
    ] as const)
      expect(refusalOf(() => changeRole(change(admin, userId, role), staffed(), roles)).code).toBe(
        'role-exceeds-yours',
      );
    expect(changeRole(change(admin, 'usr_a', 'admin'), staffed(), roles)).toHaveLength(1);
  });

  it('never demotes the last active owner, not even by an operator', () => {
    for (const caller of [owner, operator])
      expect(refusalOf(() => changeRole(change(caller, 'usr_owner', 'admin'), staffed(), roles)).code).toBe(
        'last-owner',
      );
  });

  it('demotes an owner beside another one, but then not the other', () => {
    const state = account(joined('usr_second', 'owner'));
    const demoted = changeRole(change(owner, 'usr_owner', 'admin'), state, roles);
    expect(demoted).toHaveLength(1);
    const next = change(person('usr_second'), 'usr_second', 'staff');
    expect(refusalOf(() => changeRole(next, after(state, demoted), roles)).code).toBe('last-owner');
  });
});

describe('changing the role of an access', () => {
  it('says from what to what for the application', () => {
    expect(changeRole(change(owner, 'usr_a', 'reader', 'app_a'), staffed(), roles)).toEqual([
      {
        type: 'RoleChanged',
        data: { accountId, userId: 'usr_a', from: 'viewer', to: 'reader', applicationId: 'app_a' },
      },
    ]);
    expect(changeRole(change(owner, 'usr_a', 'viewer', 'app_a'), staffed(), roles)).toEqual([]);
  });

  it("falls back to the member's role", () => {
    const state = staffed();
    const fallback = changeRole(change(owner, 'usr_a', null, 'app_a'), state, roles);
    expect(fallback[0]?.data).toMatchObject({ from: 'viewer', to: null });
    expect(changeRole(change(owner, 'usr_a', null, 'app_a'), after(state, fallback), roles)).toEqual([]);
    expect(state.members.get('usr_a')).toMatchObject({ role: 'staff', revision: 1000n });
  });

  it('needs an access that stands', () => {
    expect(refusalOf(() => changeRole(change(owner, 'usr_a', 'reader', 'app_b'), staffed(), roles)).code).toBe(
      'no-access',
    );
    const state = account(joined('usr_a', 'staff'), granted('usr_a', 'app_a', { expiresAt: later(-1) }));
    expect(refusalOf(() => changeRole(change(owner, 'usr_a', 'reader', 'app_a'), state, roles)).code).toBe('no-access');
  });

  it("gives an owner's role back to nobody by an admin, and does not ask for another owner", () => {
    const state = account(joined('usr_admin', 'admin'), granted('usr_owner', 'app_a', { role: 'viewer' }));
    expect(refusalOf(() => changeRole(change(admin, 'usr_owner', null, 'app_a'), state, roles)).code).toBe(
      'role-exceeds-yours',
    );
    expect(changeRole(change(owner, 'usr_owner', 'reader', 'app_a'), state, roles)).toHaveLength(1);
  });
});
