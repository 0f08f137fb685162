import { describe, expect, it } from '@jest/globals';
import type { AccessFact } from '../events.js';
import { fact } from '../events.js';
import { applicationAggregate } from '../application/application.js';
import {
  account,
  accountId,
  after,
  application,
  given,
  granted,
  grantIdOf,
  invitedTo,
  joined,
  later,
  now,
  removed,
  roles,
  unassigned,
} from '../given.spec-kit.js';
import { accountAggregate } from './account.js';
import { type Question, type Resource, check } from './check.js';

const app = application('app_a');
const ask = (state = account(), rest: Partial<Question> = {}) =>
  check({ account: state, application: app, roles, userId: 'usr_a', now, ...rest });
const because = (state = account(), rest: Partial<Question> = {}) => {
  const { allowed, because } = ask(state, rest);
  return { allowed, code: because.code, causes: because.causes };
};
// account() holds evt_0 (opened) to evt_3 (owner joined), so what follows begins at evt_4.
const member = (...since: AccessFact[]) => account(joined('usr_a', 'staff'), granted('usr_a', 'app_a'), ...since);

describe('a check', () => {
  it('says yes with the access, its role and its end', () => {
    const state = account(
      joined('usr_a', 'staff'),
      granted('usr_a', 'app_a', { role: 'viewer', expiresAt: later(60) }),
    );
    expect(ask(state)).toEqual({
      allowed: true,
      because: { code: 'granted', role: 'viewer', permission: null, scopes: [], causes: ['evt_5'] },
      validUntil: later(60),
    });
    expect(ask(member())).toMatchObject({
      allowed: true,
      because: { role: 'staff', causes: ['evt_5', 'evt_4'] },
      validUntil: null,
    });
  });

  it('names the event that changed the role', () => {
    const changed = (applicationId?: string) =>
      fact('RoleChanged', { accountId, userId: 'usr_a', from: 'staff', to: 'viewer', applicationId });
    expect(ask(member(changed())).because).toMatchObject({ role: 'viewer', causes: ['evt_5', 'evt_6'] });
    expect(ask(member(changed('app_a'))).because).toMatchObject({ role: 'viewer', causes: ['evt_5', 'evt_6'] });
    const fallenBack = fact('RoleChanged', {
      accountId,
      userId: 'usr_a',
      from: 'viewer',
      to: null,
      applicationId: 'app_a',
    });
    expect(ask(member(changed('app_a'), fallenBack)).because).toMatchObject({
      role: 'staff',
      causes: ['evt_5', 'evt_4'],
    });
  });

  it('is about the member’s role alone without an application', () => {
    expect(ask(account(joined('usr_a', 'viewer')), { application: undefined, permission: 'contacts:view' })).toEqual({
      allowed: true,
      because: {
        code: 'granted',
        role: 'viewer',
        permission: 'contacts:view',
        scopes: ['account'],
        causes: ['evt_4', 'evt_0'],
      },
      validUntil: null,
    });
  });

  it.each<[string, object, () => object]>([
    [
      'a closed account',
      { code: 'account-closed', causes: ['evt_0'] },
      () => because({ ...member(), status: 'closed' }),
    ],
    [
      'a suspended account',
      { code: 'account-suspended', causes: ['evt_0'] },
      () => because({ ...member(), status: 'suspended' }),
    ],
    [
      'an account that is not there',
      { code: 'not-a-member', causes: [] },
      () => because(given(accountAggregate, 'acc_x')),
    ],
    ['a stranger', { code: 'not-a-member', causes: [] }, () => because()],
    ['a removed member', { code: 'not-a-member', causes: ['evt_6'] }, () => because(member(removed('usr_a')))],
    ['an invited user', { code: 'invitation-pending', causes: ['evt_4'] }, () => because(account(invitedTo('usr_a')))],
    [
      'an invited user whose time is over',
      { code: 'not-a-member', causes: [] },
      () => because(account(invitedTo('usr_a')), { now: later(7 * 24 * 3600) }),
    ],
    [
      'a suspended member',
      { code: 'member-suspended', causes: ['evt_4'] },
      () => {
        const state = member();
        state.members.get('usr_a')!.status = 'suspended';
        return because(state);
      },
    ],
    [
      'an inactive application',
      { code: 'application-inactive', causes: ['evt_1'] },
      () => because(member(), { application: application('app_a', { status: 'inactive' }) }),
    ],
    [
      'a retired application',
      { code: 'application-retired', causes: ['evt_1'] },
      () => because(member(), { application: application('app_a', { status: 'retired' }) }),
    ],
    ['an application never given', { code: 'no-access', causes: [] }, () => because(account(joined('usr_a', 'staff')))],
    [
      'an application that is not there',
      { code: 'no-access', causes: [] },
      () => because(member(), { application: given(applicationAggregate, 'app_x') }),
    ],
    [
      'an application that was unassigned',
      { code: 'no-access', causes: ['evt_6'] },
      () => because(member(unassigned('app_a'))),
    ],
    [
      'an access that was revoked',
      { code: 'no-access', causes: ['evt_6'] },
      () =>
        because(
          member(
            fact('AccessRevoked', {
              accountId,
              grantId: grantIdOf('usr_a', 'app_a'),
              userId: 'usr_a',
              applicationId: 'app_a',
              cause: 'revoked',
            }),
          ),
        ),
    ],
    [
      'an access whose end has come',
      { code: 'access-expired', causes: ['evt_5'] },
      () => because(account(joined('usr_a', 'staff'), granted('usr_a', 'app_a', { expiresAt: now }))),
    ],
    [
      'an access that has expired',
      { code: 'access-expired', causes: ['evt_6'] },
      () =>
        because(
          member(
            fact('AccessExpired', {
              accountId,
              grantId: grantIdOf('usr_a', 'app_a'),
              userId: 'usr_a',
              applicationId: 'app_a',
            }),
          ),
        ),
    ],
  ])('says no to %s', (_, expected, answer) => {
    expect(answer()).toEqual({ allowed: false, ...expected });
  });

  it('denies what is leaving, whatever is assigned again', () => {
    const state = member();
    after(state, [
      unassigned('app_a'),
      fact('ApplicationAssigned', { accountId, applicationId: 'app_a', origin: 'assigned' }),
    ]);
    expect(because(state)).toMatchObject({ code: 'no-access', causes: ['evt_1000'] });
  });

  it('gives the first reason that applies', () => {
    const inactive = { application: application('app_a', { status: 'inactive' }), permission: 'no:such' };
    expect(because({ ...account(), status: 'suspended' }, inactive).code).toBe('account-suspended');
    expect(because(account(), inactive).code).toBe('not-a-member');
    expect(because(account(joined('usr_a', 'staff')), inactive).code).toBe('application-inactive');
    expect(because(account(joined('usr_a', 'staff')), { permission: 'no:such' }).code).toBe('no-access');
    expect(because(member(), { permission: 'no:such', resource: {} }).code).toBe('permission-not-in-role');
  });
});

describe('a check of a permission', () => {
  const judge = (role: string, permission: string, resource?: Resource, teamId?: string) => {
    const state = account(joined('usr_a', role, teamId), granted('usr_a', 'app_a'));
    const { allowed, because } = ask(state, { permission, resource });
    expect(allowed).toBe(because.code === 'granted');
    return because.code;
  };

  it.each<[string, string, Resource | undefined, string]>([
    ['viewer', 'expirations:view', undefined, 'granted'],
    ['viewer', 'expirations:edit', { ownerId: 'usr_a' }, 'permission-not-in-role'],
    ['staff', 'expirations:edit', undefined, 'resource-needed'],
    ['staff', 'expirations:edit', { ownerId: 'usr_a' }, 'granted'],
    ['staff', 'expirations:edit', { ownerId: 'usr_b' }, 'scope-not-met'],
    ['staff', 'expirations:edit', { contactIds: ['usr_a'] }, 'scope-not-met'],
    ['staff', 'expirations:create', undefined, 'granted'],
    ['staff', 'expirations:create', { teamId: 'team_n' }, 'granted'],
    ['staff', 'expirations:create', { ownerId: 'usr_b' }, 'scope-not-met'],
    ['contact-contributor', 'expirations:create', undefined, 'resource-needed'],
    ['contact-contributor', 'expirations:edit', { contactIds: ['usr_b', 'usr_a'] }, 'granted'],
    ['contact-contributor', 'expirations:edit', { ownerId: 'usr_a' }, 'scope-not-met'],
    ['guest', 'expirations:view', undefined, 'permission-not-in-role'],
    ['no-such-role', 'expirations:view', undefined, 'permission-not-in-role'],
    ['owner', 'expirations:transfer', { ownerId: 'usr_b', teamId: null }, 'granted'],
  ])('%s, %s of %p: %s', (role, permission, resource, code) => {
    expect(judge(role, permission, resource)).toBe(code);
  });

  it.each<[Resource | undefined, string | undefined, string]>([
    [{ teamId: 'team_n' }, 'team_n', 'granted'],
    [{ teamId: 'team_s' }, 'team_n', 'scope-not-met'],
    [{ teamId: 'team_s', ownerId: 'usr_a' }, 'team_n', 'granted'],
    [{ teamId: 'team_s', contactIds: ['usr_a'] }, 'team_n', 'granted'],
    [{ teamId: null }, undefined, 'scope-not-met'],
    [{}, undefined, 'scope-not-met'],
    [undefined, 'team_n', 'resource-needed'],
  ])('of a team admin on %p in team %p: %s', (resource, teamId, code) => {
    expect(judge('team-admin', 'expirations:edit', resource, teamId)).toBe(code);
  });

  it('tells role, permission, scopes and causes, and no end when it says no', () => {
    const state = account(joined('usr_a', 'staff'), granted('usr_a', 'app_a', { expiresAt: later(60) }));
    expect(ask(state, { permission: 'expirations:edit', resource: { ownerId: 'usr_b' } })).toEqual({
      allowed: false,
      because: {
        code: 'scope-not-met',
        role: 'staff',
        permission: 'expirations:edit',
        scopes: ['own'],
        causes: ['evt_5', 'evt_4', 'evt_0'],
      },
      validUntil: null,
    });
  });
});
