import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import {
  account,
  accountId,
  application,
  applications,
  by,
  catalogue,
  invitedTo,
  joined,
  later,
  owner,
  person,
  refusalOf,
  removed,
  roles,
  rolesWith,
  tokenSha256,
  types,
} from '../given.spec-kit.js';
import { invitationIdOf } from './invite.js';
import { inviteUser, InviteUser } from './invite-user.js';

type Asked = Partial<ConstructorParameters<typeof InviteUser>[0]>;
const ann = { userId: 'usr_a', firstName: 'Ann', lastName: 'Lee', email: 'ann@example.com' };
const invite = (asked: Asked = {}, caller: Caller = owner, now?: string) =>
  new InviteUser({ accountId, ...ann, role: 'staff', ...asked }, by(caller, now === undefined ? {} : { now }));
const decide = (command: InviteUser, state = account(), shelf = applications): AccessFact[] =>
  inviteUser(command, state, roles, shelf, tokenSha256);

describe('inviting a user', () => {
  it('says whom, to what and until when', () => {
    const command = invite({ applicationIds: ['app_a', 'app_b', 'app_a'], expiresInDays: 30 });
    const invitationId = invitationIdOf(command, 'usr_a');
    expect(decide(command)).toEqual([
      {
        type: 'UserInvited',
        data: {
          ...ann,
          accountId,
          invitationId,
          issue: 1,
          role: 'staff',
          applicationIds: ['app_a', 'app_b'],
          expiresAt: later(30 * 24 * 3600),
          tokenSha256: tokenSha256('usr_a', invitationId, 1),
        },
      },
    ]);
  });

  it('lasts 7 days unless said otherwise, and comes out the same when repeated', () => {
    const [invited] = decide(invite());
    expect(invited?.data).toMatchObject({ expiresAt: later(7 * 24 * 3600), applicationIds: [] });
    expect(decide(invite())).toEqual([invited]);
  });

  it('is nothing to do once its own invitation was made, whatever has become of that', () => {
    const command = invite();
    const made = decide(command);
    const { invitationId } = made[0]!.data as { invitationId: string };
    const declined = fact('InvitationDeclined', { accountId, invitationId, userId: 'usr_a' });
    expect(decide(command, account(...made))).toEqual([]);
    expect(decide(command, account(...made, declined))).toEqual([]);
  });

  it('needs members:invite', () => {
    expect(refusalOf(() => decide(invite({}, person('usr_s')), account(joined('usr_s', 'staff'))))).toEqual({
      code: 'not-allowed',
      details: { needs: 'members:invite@account' },
    });
  });

  it('needs a role that is given in accounts and within the own', () => {
    for (const role of ['chief', 'guest', 'operator', 'platform-auditor'])
      expect(refusalOf(() => decide(invite({ role })))).toEqual({ code: 'role-unknown' });
    const admins = account(joined('usr_admin', 'admin'));
    expect(refusalOf(() => decide(invite({ role: 'owner' }, person('usr_admin')), admins))).toEqual({
      code: 'role-exceeds-yours',
    });
    const retired = rolesWith({ ...roles.get('staff')!, status: 'retired' });
    expect(refusalOf(() => inviteUser(invite(), account(), retired, applications, tokenSha256))).toEqual({
      code: 'role-retired',
    });
  });

  it('names every application that is not assigned or retired', () => {
    const shelf = catalogue(application('app_a'), application('app_b', { status: 'retired' }), application('app_c'));
    expect(
      refusalOf(() => decide(invite({ applicationIds: ['app_a', 'app_c', 'app_b', 'app_x'] }), account(), shelf)),
    ).toEqual({
      code: 'application-not-assigned',
      problems: [
        { code: 'application-not-assigned', pointer: '/applicationIds/1', id: 'app_c' },
        { code: 'application-retired', pointer: '/applicationIds/2', id: 'app_b' },
        { code: 'application-not-assigned', pointer: '/applicationIds/3', id: 'app_x' },
      ],
    });
  });

  it('may promise an inactive application', () => {
    const shelf = catalogue(application('app_a', { status: 'inactive' }));
    expect(decide(invite({ applicationIds: ['app_a'] }), account(), shelf)).toHaveLength(1);
  });

  it('is refused for a member, also a suspended one, but not for one who was removed', () => {
    const state = account(joined('usr_a', 'viewer'));
    expect(refusalOf(() => decide(invite(), state))).toEqual({ code: 'already-member' });
    state.members.get('usr_a')!.status = 'suspended';
    expect(refusalOf(() => decide(invite(), state))).toEqual({ code: 'already-member' });
    expect(decide(invite(), account(joined('usr_a', 'viewer'), removed('usr_a')))).toHaveLength(1);
  });

  it('is refused while another invitation is pending, and closes one whose time is over', () => {
    const state = account(invitedTo('usr_a'));
    expect(refusalOf(() => decide(invite(), state))).toEqual({
      code: 'invitation-pending',
      details: { invitationId: 'inv_usr_a' },
    });
    expect(types(decide(invite({}, owner, later(7 * 24 * 3600)), state))).toEqual(['InvitationExpired', 'UserInvited']);
  });

  it('is for a team there is', () => {
    expect(refusalOf(() => decide(invite({ teamId: 'team_x' })))).toEqual({ code: 'team-not-found' });
    const state = account();
    state.teams.add('team_n');
    expect(decide(invite({ teamId: 'team_n' }), state)[0]?.data).toMatchObject({ teamId: 'team_n' });
  });

  it('is for the own team only when a team admin invites', () => {
    const state = account(joined('usr_lead', 'team-admin', 'team_n'));
    state.teams.add('team_n').add('team_s');
    const lead = person('usr_lead');
    expect(decide(invite({ teamId: 'team_n' }, lead), state)).toHaveLength(1);
    expect(refusalOf(() => decide(invite({ teamId: 'team_s' }, lead), state))).toEqual({ code: 'team-not-found' });
    expect(refusalOf(() => decide(invite({}, lead), state))).toEqual({ code: 'team-required' });
    expect(refusalOf(() => decide(invite({ teamId: 'team_n', role: 'viewer' }, lead), state))).toEqual({
      code: 'role-exceeds-yours',
    });
  });

  it('lets an operator replace an owner who has not accepted', () => {
    const state = account();
    expect(decide(invite({ role: 'owner' }), state)).toHaveLength(1);
  });
});
