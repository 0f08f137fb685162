import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../caller.js';
import {
  account,
  accountId,
  after,
  application,
  applications,
  by,
  catalogue,
  granted,
  invitedTo,
  joined,
  later,
  now,
  owner,
  person,
  refusalOf,
  removed,
  roles,
  rolesWith,
  types,
} from '../given.spec-kit.js';
import { grantAccess, GrantAccess } from './grant-access.js';
import { grantAccessToMany, GrantAccessToMany } from './grant-access-to-many.js';

type Terms = { role?: string; expiresAt?: string };
type Pair = Terms & { userId: string; applicationId: string };

const grant = (userId: string, applicationIds: string[], terms: Terms = {}, caller: Caller = owner) =>
  new GrantAccess({ accountId, userId, applicationIds, ...terms }, by(caller));
const grants = (pairs: Pair[], caller: Caller = owner) =>
  new GrantAccessToMany({ accountId, grants: pairs }, by(caller));
const staffed = () => account(joined('usr_a', 'staff'), joined('usr_b', 'viewer'));

describe('granting access', () => {
  it('says so of each application, with role and end', () => {
    const facts = grantAccess(
      grant('usr_a', ['app_a', 'app_b'], { role: 'reader', expiresAt: '2026-04-01T00:00:00+02:00' }),
      staffed(),
      roles,
      applications,
    );
    const said = {
      accountId,
      userId: 'usr_a',
      origin: 'assigned',
      role: 'reader',
      expiresAt: '2026-03-31T22:00:00.000Z',
    };
    expect(types(facts)).toEqual(['AccessGranted', 'AccessGranted']);
    expect(facts.map(({ data }) => data)).toMatchObject([
      { ...said, applicationId: 'app_a' },
      { ...said, applicationId: 'app_b' },
    ]);
    expect(
      grantAccess(
        grant('usr_a', ['app_a', 'app_b'], { role: 'reader', expiresAt: '2026-04-01T00:00:00+02:00' }),
        staffed(),
        roles,
        applications,
      ),
    ).toEqual(facts);
  });

  it('leaves role and end out when there are none', () => {
    const [granted] = grantAccess(grant('usr_a', ['app_a', 'app_a']), staffed(), roles, applications);
    expect(Object.keys(granted!.data).sort()).toEqual(['accountId', 'applicationId', 'grantId', 'origin', 'userId']);
  });

  it('has nothing to do for what stands with the same role and end', () => {
    const state = account(
      joined('usr_a', 'staff'),
      granted('usr_a', 'app_a', { role: 'reader', expiresAt: later(60) }),
    );
    expect(
      grantAccess(grant('usr_a', ['app_a'], { role: 'reader', expiresAt: later(60) }), state, roles, applications),
    ).toEqual([]);
  });

  it.each<Terms>([
    {},
    { role: 'viewer', expiresAt: later(60) },
    { role: 'reader' },
    { role: 'reader', expiresAt: later(61) },
  ])('is refused where another role or end stands: %p', (terms) => {
    const state = account(
      joined('usr_a', 'staff'),
      granted('usr_a', 'app_a', { role: 'reader', expiresAt: later(60) }),
    );
    expect(refusalOf(() => grantAccess(grant('usr_a', ['app_b', 'app_a'], terms), state, roles, applications))).toEqual(
      {
        code: 'access-differs',
        problems: [{ code: 'access-differs', pointer: '/applicationIds/1', id: 'app_a' }],
      },
    );
  });

  it('follows an access whose end has come, and says that it ended', () => {
    const state = account(joined('usr_a', 'staff'), granted('usr_a', 'app_a', { expiresAt: now, grantId: 'grt_old' }));
    const facts = grantAccess(grant('usr_a', ['app_a'], { expiresAt: later(60) }), state, roles, applications);
    expect(types(facts)).toEqual(['AccessExpired', 'AccessGranted']);
    expect(facts[0]?.data).toMatchObject({ grantId: 'grt_old' });
    expect(after(state, facts).members.get('usr_a')?.accesses.get('app_a')?.expiresAt).toBe(later(60));
  });

  it('is refused for those who have not joined or are gone', () => {
    const state = account(joined('usr_gone', 'staff'), removed('usr_gone'), invitedTo('usr_invited'));
    const codeOf = (userId: string) =>
      refusalOf(() => grantAccess(grant(userId, ['app_a']), state, roles, applications));
    expect(codeOf('usr_nobody')).toEqual({ code: 'member-not-found' });
    expect(codeOf('usr_invited')).toEqual({ code: 'member-not-active' });
    expect(codeOf('usr_gone')).toEqual({ code: 'member-not-active' });
  });

  it('is possible while the member is suspended, or the application inactive', () => {
    const state = staffed();
    state.members.get('usr_a')!.status = 'suspended';
    const shelf = catalogue(application('app_a', { status: 'inactive' }));
    expect(grantAccess(grant('usr_a', ['app_a']), state, roles, shelf)).toHaveLength(1);
  });

  it('names every problem', () => {
    const shelf = catalogue(application('app_a'), application('app_b', { status: 'retired' }));
    const asked = grant('usr_a', ['app_a', 'app_x', 'app_b'], { role: 'chief', expiresAt: now });
    expect(refusalOf(() => grantAccess(asked, staffed(), roles, shelf)).problems).toEqual([
      { code: 'role-unknown', pointer: '/role' },
      { code: 'expires-at-past', pointer: '/expiresAt' },
      { code: 'application-not-assigned', pointer: '/applicationIds/1', id: 'app_x' },
      { code: 'application-retired', pointer: '/applicationIds/2', id: 'app_b' },
    ]);
  });

  it('gives no role beyond the own, and no retired one', () => {
    const state = account(joined('usr_a', 'staff'), joined('usr_admin', 'admin'));
    const asOwner = grant('usr_a', ['app_a'], { role: 'owner' }, person('usr_admin'));
    expect(refusalOf(() => grantAccess(asOwner, state, roles, applications)).code).toBe('role-exceeds-yours');
    const retired = rolesWith({ ...roles.get('reader')!, status: 'retired' });
    expect(
      refusalOf(() => grantAccess(grant('usr_a', ['app_a'], { role: 'reader' }), state, retired, applications)).code,
    ).toBe('role-retired');
  });

  it('needs members:grant-access', () => {
    expect(
      refusalOf(() => grantAccess(grant('usr_b', ['app_a'], {}, person('usr_a')), staffed(), roles, applications)),
    ).toEqual({
      code: 'not-allowed',
      details: { needs: 'members:grant-access@account' },
    });
  });
});

describe('granting access to many', () => {
  it('says so of each pair', () => {
    const facts = grantAccessToMany(
      grants([
        { userId: 'usr_a', applicationId: 'app_a' },
        { userId: 'usr_b', applicationId: 'app_b', role: 'reader' },
        { userId: 'usr_a', applicationId: 'app_a' },
      ]),
      staffed(),
      roles,
      applications,
    );
    expect(facts.map(({ data }) => data)).toMatchObject([
      { userId: 'usr_a', applicationId: 'app_a' },
      { userId: 'usr_b', applicationId: 'app_b', role: 'reader' },
    ]);
    expect(new Set(facts.map(({ data }) => 'grantId' in data && data.grantId)).size).toBe(2);
  });

  it('refuses all for one problem, naming every one where it stands', () => {
    const asked = grants([
      { userId: 'usr_a', applicationId: 'app_a' },
      { userId: 'usr_nobody', applicationId: 'app_x', role: 'chief', expiresAt: now },
    ]);
    expect(refusalOf(() => grantAccessToMany(asked, staffed(), roles, applications))).toEqual({
      code: 'member-not-found',
      problems: [
        { code: 'member-not-found', pointer: '/grants/1/userId', id: 'usr_nobody' },
        { code: 'application-not-assigned', pointer: '/grants/1/applicationId', id: 'app_x' },
        { code: 'role-unknown', pointer: '/grants/1/role' },
        { code: 'expires-at-past', pointer: '/grants/1/expiresAt' },
      ],
    });
  });

  it('refuses a pair that contradicts an earlier one', () => {
    const pair = { userId: 'usr_a', applicationId: 'app_a' };
    expect(
      refusalOf(() => grantAccessToMany(grants([pair, { ...pair, role: 'reader' }]), staffed(), roles, applications))
        .problems,
    ).toEqual([{ code: 'access-differs', pointer: '/grants/1/applicationId', id: 'app_a' }]);
  });

  it('reaches the own team only when a team admin grants', () => {
    const state = account(
      joined('usr_lead', 'team-admin', 'team_n'),
      joined('usr_a', 'staff', 'team_n'),
      joined('usr_b', 'staff', 'team_s'),
    );
    const lead = person('usr_lead');
    const near = { userId: 'usr_a', applicationId: 'app_a' };
    expect(grantAccessToMany(grants([near], lead), state, roles, applications)).toHaveLength(1);
    const far = { userId: 'usr_b', applicationId: 'app_a' };
    expect(refusalOf(() => grantAccessToMany(grants([near, far], lead), state, roles, applications)).code).toBe(
      'member-not-found',
    );
  });

  it('is judged also when nothing is asked', () => {
    expect(refusalOf(() => grantAccessToMany(grants([], person('usr_x')), staffed(), roles, applications)).code).toBe(
      'account-not-found',
    );
  });
});
