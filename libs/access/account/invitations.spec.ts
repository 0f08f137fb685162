import { describe, expect, it } from '@jest/globals';
import { fact } from '../events.js';
import {
  account,
  accountId,
  after,
  application,
  applications,
  assigned,
  by,
  catalogue,
  invitedTo,
  joined,
  later,
  owner,
  person,
  refusalOf,
  roles,
  system,
  tokenSha256,
  types,
} from '../given.spec-kit.js';
import { acceptInvitation, AcceptInvitation } from './accept-invitation.js';
import type { Account } from './account.js';
import { declineInvitation, DeclineInvitation } from './decline-invitation.js';
import { expireInvitation, ExpireInvitation } from './expire-invitation.js';
import { resendInvitation, ResendInvitation } from './resend-invitation.js';
import { revokeInvitation, RevokeInvitation } from './revoke-invitation.js';

const invitationId = 'inv_usr_a';
const addressed = { accountId, invitationId };
const tokenOf = (issue: number) => tokenSha256('usr_a', invitationId, issue);
const names = { firstName: 'Anna', lastName: 'Li', email: 'ann@example.com' };
const end = later(7 * 24 * 3600);
const invitedAnn = () => account(invitedTo('usr_a', { applicationIds: ['app_a', 'app_b'] }));

const accept = (state: Account, issue = 1, now = later(1), shelf = applications) =>
  acceptInvitation(
    new AcceptInvitation({ ...addressed, tokenSha256: tokenOf(issue) }, by(person('usr_a'), { now })),
    state,
    shelf,
    names,
  );
const decline = (state: Account, issue = 1, now = later(1)) =>
  declineInvitation(
    new DeclineInvitation({ ...addressed, tokenSha256: tokenOf(issue) }, by(person('usr_a'), { now })),
    state,
  );
const resend = (state: Account, now = later(60), caller = owner) =>
  resendInvitation(new ResendInvitation(addressed, by(caller, { now })), state, roles, tokenSha256);
const revoke = (state: Account, now = later(1), caller = owner) =>
  revokeInvitation(new RevokeInvitation(addressed, by(caller, { now })), state, roles);
const expire = (state: Account, issue = 1, now = end, caller = system) =>
  expireInvitation(new ExpireInvitation({ ...addressed, issue }, by(caller, { now })), state);

describe('accepting an invitation', () => {
  it('joins with the promised role and applications, under the own name', () => {
    const facts = accept(invitedAnn());
    expect(facts.slice(0, 2)).toEqual([
      { type: 'InvitationAccepted', data: { ...addressed, userId: 'usr_a', lostApplicationIds: [] } },
      { type: 'MemberJoined', data: { accountId, userId: 'usr_a', role: 'staff', ...names } },
    ]);
    expect(facts.slice(2).map(({ data }) => data)).toMatchObject([
      { userId: 'usr_a', applicationId: 'app_a', origin: 'invitation' },
      { userId: 'usr_a', applicationId: 'app_b', origin: 'invitation' },
    ]);
    expect(accept(invitedAnn())).toEqual(facts);
  });

  it('makes a member with these accesses, and ends the invitation', () => {
    const state = invitedAnn();
    after(state, accept(state));
    expect([...state.members.get('usr_a')!.accesses.keys()]).toEqual(['app_a', 'app_b']);
    expect(state.pending.size).toBe(0);
    expect(state.invitations.get(invitationId)).toMatchObject({ status: 'accepted', lostApplicationIds: [] });
  });

  it('gives no application that was retired since', () => {
    const shelf = catalogue(application('app_a', { status: 'retired' }), application('app_b'));
    const facts = accept(invitedAnn(), 1, later(1), shelf);
    expect(facts[0]?.data).toMatchObject({ lostApplicationIds: ['app_a'] });
    expect(types(facts)).toEqual(['InvitationAccepted', 'MemberJoined', 'AccessGranted']);
  });

  it('keeps the team', () => {
    expect(accept(account(invitedTo('usr_a', { teamId: 'team_n' })))[1]?.data).toMatchObject({ teamId: 'team_n' });
  });

  it.each(['suspended', 'closed'] as const)('waits while the account is %s', (status) => {
    expect(refusalOf(() => accept({ ...invitedAnn(), status }))).toEqual({ code: `account-${status}` });
  });

  it('makes the first owner, who is then the last one', () => {
    const state = account(invitedTo('usr_a', { role: 'owner' }));
    after(state, accept(state));
    expect([...state.owners]).toEqual(['usr_owner', 'usr_a']);
  });
});

describe('declining an invitation', () => {
  it('ends it', () => {
    const state = invitedAnn();
    const facts = decline(state);
    expect(facts).toEqual([{ type: 'InvitationDeclined', data: { ...addressed, userId: 'usr_a' } }]);
    expect(after(state, facts).pending.size).toBe(0);
  });
});

describe.each([
  ['accepting', accept],
  ['declining', decline],
])('%s with a token', (_, act) => {
  it('knows no wrong one, no earlier one, and no invitation that is not there', () => {
    expect(refusalOf(() => act(invitedAnn(), 2))).toEqual({ code: 'invitation-not-found' });
    const state = invitedAnn();
    after(state, resend(state));
    expect(refusalOf(() => act(state, 1))).toEqual({ code: 'invitation-not-found' });
    expect(act(state, 2)).not.toEqual([]);
    expect(refusalOf(() => act(account()))).toEqual({ code: 'invitation-not-found' });
  });

  it('is single use', () => {
    const state = invitedAnn();
    const facts = act(state);
    const { status } = after(state, facts).invitations.get(invitationId)!;
    expect(refusalOf(() => act(state))).toEqual({ code: 'invitation-not-pending', details: { status } });
  });

  it('is too late from its end on, even before the fact', () => {
    expect(refusalOf(() => act(invitedAnn(), 1, end))).toEqual({
      code: 'invitation-not-pending',
      details: { status: 'expired' },
    });
  });
});

describe('resending an invitation', () => {
  it('makes a new token and a new end', () => {
    expect(resend(invitedAnn())).toEqual([
      {
        type: 'InvitationResent',
        data: {
          ...addressed,
          userId: 'usr_a',
          issue: 2,
          tokenSha256: tokenOf(2),
          expiresAt: later(60 + 7 * 24 * 3600),
        },
      },
    ]);
  });

  it('waits a minute after the last mail', () => {
    expect(refusalOf(() => resend(invitedAnn(), later(59.5)))).toEqual({
      code: 'resent-too-soon',
      details: { retryAfterSeconds: 1 },
    });
    expect(refusalOf(() => resend(invitedAnn(), later(10)))).toMatchObject({ details: { retryAfterSeconds: 50 } });
  });
});

describe('revoking an invitation', () => {
  it('ends it', () => {
    const state = invitedAnn();
    const facts = revoke(state);
    expect(facts).toEqual([{ type: 'InvitationRevoked', data: { ...addressed, userId: 'usr_a' } }]);
    expect(refusalOf(() => accept(after(state, facts)))).toMatchObject({ details: { status: 'revoked' } });
  });
});

describe.each([
  ['resending', resend],
  ['revoking', revoke],
])('%s', (_, act) => {
  it('needs members:invite, and the own team of a team admin', () => {
    const state = account(
      joined('usr_s', 'staff'),
      joined('usr_lead', 'team-admin', 'team_n'),
      invitedTo('usr_a', { teamId: 'team_s' }),
    );
    expect(refusalOf(() => act(state, later(60), person('usr_s')))).toMatchObject({ code: 'not-allowed' });
    expect(refusalOf(() => act(state, later(60), person('usr_lead')))).toEqual({ code: 'invitation-not-found' });
    const near = account(joined('usr_lead', 'team-admin', 'team_n'), invitedTo('usr_a', { teamId: 'team_n' }));
    expect(act(near, later(60), person('usr_lead'))).toHaveLength(1);
  });

  it('needs one that is pending', () => {
    expect(refusalOf(() => act(account()))).toEqual({ code: 'invitation-not-found' });
    const state = invitedAnn();
    after(state, decline(state));
    expect(refusalOf(() => act(state))).toEqual({ code: 'invitation-not-pending', details: { status: 'declined' } });
    expect(refusalOf(() => act(invitedAnn(), end))).toMatchObject({ details: { status: 'expired' } });
  });
});

describe('the end of an invitation', () => {
  it('is a fact from its time on', () => {
    expect(expire(invitedAnn(), 1, later(7 * 24 * 3600 - 1))).toEqual([]);
    expect(expire(invitedAnn())).toEqual([
      { type: 'InvitationExpired', data: { ...addressed, userId: 'usr_a', issue: 1 } },
    ]);
  });

  it('decides nothing for an issue that is gone, or an invitation that has ended', () => {
    const state = invitedAnn();
    after(state, resend(state));
    expect(expire(state, 1, later(30 * 24 * 3600))).toEqual([]);
    expect(expire(state, 2, later(30 * 24 * 3600))).toHaveLength(1);
    after(state, decline(state, 2));
    expect(expire(state, 2, later(30 * 24 * 3600))).toEqual([]);
    expect(expire(account())).toEqual([]);
  });

  it('is the system’s alone', () => {
    expect(refusalOf(() => expire(invitedAnn(), 1, end, owner))).toMatchObject({ code: 'not-allowed' });
  });
});

describe('an invitation’s own revision', () => {
  it('moves with its own events only', () => {
    const state = invitedAnn();
    const { revision } = state.invitations.get(invitationId)!;
    after(state, [assigned('app_c'), joined('usr_z', 'staff')]);
    expect(state.invitations.get(invitationId)?.revision).toBe(revision);
    after(state, [fact('InvitationRevoked', { ...addressed, userId: 'usr_a' })]);
    expect(state.invitations.get(invitationId)?.revision).toBe(1000n);
    expect(state.revision).toBe(0n);
  });
});
