import { describe, expect, it } from '@jest/globals';
import {
  accepted,
  acme,
  ann,
  assigned,
  ben,
  billing,
  crm,
  erased,
  expiredInvitation,
  invited,
  ofInvitation,
  resent,
  tokenSha256,
  unassigned,
} from './facts.spec-kit.js';
import { at, folded, log, olga } from './folded.spec-kit.js';
import { type InvitationRow, invitationsView } from './invitations.js';

const row: InvitationRow = {
  invitationId: 'inv_1',
  accountId: acme,
  userId: ann,
  firstName: 'Annie',
  lastName: 'Leigh',
  email: 'Ann@example.com',
  role: 'staff',
  teamId: null,
  status: 'pending',
  applications: [{ applicationId: billing, auto: false, lost: null }],
  origin: 'invitation',
  invitedBy: olga,
  invitedAt: at(1),
  resentAt: null,
  expiresAt: at(500),
  closedAt: null,
  issue: 1,
  tokenSha256,
  revision: '0',
};

describe('invitations', () => {
  it('has a row for every invitation', async () => {
    const { rows, keysOfWord } = await folded(
      invitationsView,
      log(invited(), invited({ invitationId: 'inv_2', userId: ben, teamId: 'team_1', applicationIds: [] })),
    );
    expect(rows).toEqual({
      inv_1: row,
      inv_2: {
        ...row,
        invitationId: 'inv_2',
        userId: ben,
        teamId: 'team_1',
        applications: [],
        invitedAt: at(2),
        revision: '1',
      },
    });
    expect(await keysOfWord(billing)).toEqual(['inv_1']);
    expect(await keysOfWord('leigh')).toEqual(['inv_1', 'inv_2']);
  });

  it('counts a mail sent again', async () => {
    const { versions } = await folded(invitationsView, log(invited(), resent()));
    expect(versions('inv_1')).toEqual([
      [1, 2, row],
      [2, null, { ...row, issue: 2, resentAt: at(2), expiresAt: at(900), revision: '1' }],
    ]);
  });

  it.each([
    ['accepted', accepted()],
    ['declined', ofInvitation('InvitationDeclined')],
    ['revoked', ofInvitation('InvitationRevoked')],
    ['expired', expiredInvitation()],
  ])('is %s', async (status, closing) => {
    const { rows, keysWhere } = await folded(invitationsView, log(invited(), closing));
    expect(rows).toEqual({ inv_1: { ...row, status, closedAt: at(2), revision: '1' } });
    expect(await keysWhere('pendingAccountId', acme)).toEqual([]);
  });

  it('marks what a pending one no longer promises, for good', async () => {
    const closed = invited({ invitationId: 'inv_2', userId: ben });
    const events = log(
      invited({ applicationIds: [billing, crm] }),
      closed,
      ofInvitation('InvitationDeclined', 'inv_2', ben),
      invited({ invitationId: 'inv_3', accountId: 'acc_b' }),
      unassigned(),
      assigned(),
    );
    const { rows, versions } = await folded(invitationsView, events);
    expect(rows['inv_1']?.applications).toEqual([
      { applicationId: billing, auto: false, lost: 'unassigned' },
      { applicationId: crm, auto: false, lost: null },
    ]);
    expect(rows['inv_1']?.revision).toBe('0');
    expect(rows['inv_2']?.applications[0]?.lost).toBeNull();
    expect(rows['inv_3']?.applications[0]?.lost).toBeNull();
    expect(versions('inv_1')).toHaveLength(2);
  });

  it('says at the acceptance what was lost and why', async () => {
    const promise = invited({ applicationIds: [billing, crm, 'app_hr'] });
    const { rows } = await folded(invitationsView, log(promise, unassigned(), accepted([billing, crm])));
    expect(rows['inv_1']?.applications).toEqual([
      { applicationId: billing, auto: false, lost: 'unassigned' },
      { applicationId: crm, auto: false, lost: 'retired' },
      { applicationId: 'app_hr', auto: false, lost: null },
    ]);
  });

  it('keeps an expired invitation beside the next one', async () => {
    const events = log(invited(), expiredInvitation(), invited({ invitationId: 'inv_2' }));
    const { rows } = await folded(invitationsView, events);
    expect(rows['inv_1']).toMatchObject({ status: 'expired', closedAt: at(2) });
    expect(rows['inv_2']).toMatchObject({ status: 'pending', invitedAt: at(3), revision: '2' });
  });

  it('forgets an erased person in every version', async () => {
    const { versions, keysOfWord } = await folded(invitationsView, log(invited(), accepted(), erased()));
    const nobody = { firstName: '[erased]', lastName: '[erased]', email: '[erased]' };
    expect(versions('inv_1')).toEqual([
      [1, 2, { ...row, ...nobody }],
      [2, null, { ...row, ...nobody, status: 'accepted', closedAt: at(2), revision: '1' }],
    ]);
    expect(await keysOfWord('annie')).toEqual([]);
  });
});
