import { describe, expect, it } from '@jest/globals';
import { appendLimits } from '#eventing/event-store.js';
import { metadataOf } from '#eventing/metadata.js';
import {
  account,
  accountId,
  after,
  applications,
  assigned,
  by,
  granted,
  grantIdOf,
  invitedTo,
  joined,
  owner,
  person,
  refusalOf,
  removed,
  roles,
  system,
  tokenSha256,
  types,
} from '../given.spec-kit.js';
import { acceptInvitation, AcceptInvitation } from './accept-invitation.js';
import { remaining } from './cascade.js';
import { continueCascade, ContinueCascade } from './continue-cascade.js';
import { unassignApplication, UnassignApplication } from './unassign-application.js';

const unassign = (applicationId = 'app_a', reason = '') =>
  new UnassignApplication({ accountId, applicationId }, by(owner, { reason, ticket: 'T-1' }));
const onward = new ContinueCascade({ accountId }, by(system));
const crowd = (size: number) =>
  account(
    ...Array.from({ length: size }, (_, n) => joined(`usr_${n}`, 'staff')),
    ...Array.from({ length: size }, (_, n) => granted(`usr_${n}`, 'app_a')),
  );

describe('unassigning an application', () => {
  it('takes every access to it, and no other', () => {
    const state = account(joined('usr_a', 'staff'), granted('usr_a', 'app_a'), granted('usr_a', 'app_b'));
    const facts = unassignApplication(unassign(), state, roles);
    expect(facts).toEqual([
      { type: 'ApplicationUnassigned', data: { accountId, applicationId: 'app_a' } },
      {
        type: 'AccessRevoked',
        data: {
          accountId,
          grantId: grantIdOf('usr_a', 'app_a'),
          userId: 'usr_a',
          applicationId: 'app_a',
          cause: 'unassigned',
        },
      },
    ]);
    after(state, facts);
    expect([...state.members.get('usr_a')!.accesses.keys()]).toEqual(['app_b']);
    expect(remaining(state)).toBe(0);
  });

  it('has nothing to do for what is not assigned', () => {
    expect(unassignApplication(unassign('app_x'), account(), roles)).toEqual([]);
  });

  it('needs applications:assign', () => {
    const command = new UnassignApplication({ accountId, applicationId: 'app_a' }, by(person('usr_a')));
    expect(refusalOf(() => unassignApplication(command, account(joined('usr_a', 'staff')), roles)).code).toBe(
      'not-allowed',
    );
  });

  it.each(['', 'ü'.repeat(500)])('fills one append and leaves the rest leaving, gone at once', (reason) => {
    const state = crowd(1_500);
    const command = unassign('app_a', reason);
    const facts = unassignApplication(command, state, roles);
    const sealed = Buffer.from(reason).toString('base64url').length;
    const bytes = facts.length * (JSON.stringify(metadataOf(unassign(), 1)).length + sealed);
    const data = facts.reduce((sum, event) => sum + JSON.stringify(event).length + 100, 0);
    expect(facts.length).toBeGreaterThan(200);
    expect(facts.length).toBeLessThanOrEqual(appendLimits.events);
    expect(bytes + data).toBeLessThan(appendLimits.bytes);

    after(state, facts);
    expect(remaining(state)).toBe(1_500 - (facts.length - 1));
    expect([...state.members.values()].filter(({ accesses }) => accesses.size > 0)).toEqual([]);
  });

  it('is continued until nothing remains, each access announced once', () => {
    const state = crowd(1_500);
    const taken = new Set<unknown>();
    for (
      let facts = unassignApplication(unassign(), state, roles);
      facts.length > 0;
      facts = continueCascade(onward, state)
    ) {
      for (const { type, data } of facts) {
        if (type !== 'AccessRevoked') continue;
        expect(taken.has(data.grantId)).toBe(false);
        expect(data.cause).toBe('unassigned');
        taken.add(data.grantId);
      }
      after(state, facts);
    }
    expect(taken.size).toBe(1_500);
    expect(remaining(state)).toBe(0);
  });

  it('gives nothing back when it is assigned again, and a new access outlives the announcement of the old one', () => {
    const state = account(joined('usr_a', 'staff'), granted('usr_a', 'app_a'));
    const [unassigned, revoked] = unassignApplication(unassign(), state, roles);
    after(state, [unassigned!, assigned('app_a')]);
    expect(state.members.get('usr_a')!.accesses.size).toBe(0);
    expect(remaining(state)).toBe(1);
    after(state, [granted('usr_a', 'app_a', { grantId: 'grt_new' }), revoked!]);
    expect(state.members.get('usr_a')!.accesses.get('app_a')?.grantId).toBe('grt_new');
    expect(remaining(state)).toBe(0);
  });

  it('is lost to a pending invitation for good', () => {
    const state = account(invitedTo('usr_a', { applicationIds: ['app_a', 'app_b'] }));
    after(state, [...unassignApplication(unassign(), state, roles), assigned('app_a')]);
    const invitationId = 'inv_usr_a';
    const token = { accountId, invitationId, tokenSha256: tokenSha256('usr_a', invitationId, 1) };
    const names = { firstName: 'Ann', lastName: 'Lee', email: 'ann@example.com' };
    const facts = acceptInvitation(new AcceptInvitation(token, by(person('usr_a'))), state, applications, names);
    expect(facts[0]?.data).toMatchObject({ lostApplicationIds: ['app_a'] });
    expect(types(facts)).toEqual(['InvitationAccepted', 'MemberJoined', 'AccessGranted']);
    expect(facts[2]?.data).toMatchObject({ applicationId: 'app_b' });
  });

  it('announces what a removal before it had still to announce, by that cause', () => {
    const state = account(
      joined('usr_a', 'staff'),
      granted('usr_a', 'app_a'),
      granted('usr_a', 'app_b'),
      removed('usr_a'),
    );
    const facts = unassignApplication(unassign(), state, roles);
    expect(types(facts)).toEqual(['ApplicationUnassigned', 'AccessRevoked']);
    expect(facts[1]?.data).toMatchObject({ grantId: grantIdOf('usr_a', 'app_a'), cause: 'member-removed' });
    expect(remaining(after(state, facts))).toBe(1);
  });

  it('tells a dry run of all that would be lost', () => {
    const dry = new UnassignApplication({ accountId, applicationId: 'app_a' }, by(owner, { dryRun: true }));
    expect(unassignApplication(dry, crowd(1_500), roles)).toHaveLength(1_501);
  });
});

describe('continuing a cascade', () => {
  it('is the system’s alone', () => {
    expect(refusalOf(() => continueCascade(new ContinueCascade({ accountId }, by(owner)), account())).code).toBe(
      'not-allowed',
    );
  });
});
