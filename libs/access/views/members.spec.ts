import { describe, expect, it } from '@jest/globals';
import { fact } from '../events.js';
import {
  acme,
  ann,
  erased,
  expired,
  expiredInvitation,
  granted,
  invited,
  joined,
  ofInvitation,
  removed,
  renamed,
  revoked,
  roleChanged,
} from './facts.spec-kit.js';
import { at, folded, log } from './folded.spec-kit.js';
import { memberKey } from './keys.js';
import { type MemberRow, membersView } from './members.js';

const key = memberKey(acme, ann);

const names = { firstName: 'Ann', lastName: 'Lee', email: 'ann@example.com' };
const active: MemberRow = {
  accountId: acme,
  userId: ann,
  ...names,
  role: 'staff',
  status: 'active',
  teamId: null,
  joinedAt: at(1),
  changedAt: at(1),
  invitationId: null,
  former: null,
  revision: '0',
};

const typed: MemberRow = {
  ...active,
  firstName: 'Annie',
  lastName: 'Leigh',
  email: 'Ann@example.com',
  status: 'invited',
  joinedAt: null,
  invitationId: 'inv_1',
};

describe('members', () => {
  it('shows an invited person by the name that the inviter typed', async () => {
    const { rows } = await folded(membersView, log(invited({ teamId: 'team_1' })));
    expect(rows).toEqual({ [key]: { ...typed, teamId: 'team_1' } });
  });

  it('shows a member by their own name, from joining on', async () => {
    const { rows, versions } = await folded(membersView, log(invited(), joined({ teamId: 'team_1' })));
    const row = { ...active, teamId: 'team_1', joinedAt: at(2), changedAt: at(2), revision: '1' };
    expect(rows).toEqual({ [key]: row });
    expect(versions(key)).toEqual([
      [1, 2, typed],
      [2, null, row],
    ]);
  });

  it.each([ofInvitation('InvitationDeclined'), ofInvitation('InvitationRevoked'), expiredInvitation()])(
    'forgets an invited person with %j',
    async (closing) => {
      const { rows, versions } = await folded(membersView, log(invited(), closing));
      expect(rows).toEqual({});
      expect(versions(key)).toEqual([[1, 2, typed]]);
    },
  );

  it('leaves a later invitation alone when an earlier one ends', async () => {
    const events = log(invited(), expiredInvitation(), invited({ invitationId: 'inv_2' }), expiredInvitation());
    const { rows } = await folded(membersView, events);
    expect(rows[key]).toMatchObject({ status: 'invited', invitationId: 'inv_2', revision: '2' });
  });

  it('invites again after an expiry, and lets the person join', async () => {
    const events = log(invited(), expiredInvitation(), invited({ invitationId: 'inv_2', role: 'viewer' }), joined());
    const { rows, versions } = await folded(membersView, events);
    expect(rows[key]).toEqual({ ...active, joinedAt: at(4), changedAt: at(4), revision: '3' });
    expect(versions(key).map(([from, until]) => [from, until])).toEqual([
      [1, 2],
      [3, 4],
      [4, null],
    ]);
  });

  it('changes the role of the member', async () => {
    const { rows } = await folded(membersView, log(joined(), roleChanged('staff', 'viewer')));
    expect(rows[key]).toEqual({ ...active, role: 'viewer', changedAt: at(2), revision: '1' });
  });

  it("counts a change of the member's accesses as a change of the member", async () => {
    const byApplication = roleChanged(null, 'viewer', 'app_billing');
    const events = log(joined(), granted('grt_1'), byApplication, revoked('grt_1'), granted('grt_2'), expired('grt_2'));
    const { versions } = await folded(membersView, events);
    expect(versions(key)).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => [
        n,
        n === 6 ? null : n + 1,
        { ...active, changedAt: at(n), revision: String(n - 1) },
      ]),
    );
  });

  it('keeps a removed member, who may be invited and join again', async () => {
    const removal = log(joined({ teamId: 'team_1' }), removed());
    const row = { ...active, teamId: 'team_1', status: 'removed', changedAt: at(2), revision: '1' };
    expect((await folded(membersView, removal)).rows[key]).toEqual(row);

    const again = log(joined({ teamId: 'team_1' }), removed(), invited());
    const former = { ...names, role: 'staff', teamId: 'team_1', joinedAt: at(1) };
    const invitedAgain = { ...typed, former, changedAt: at(3), revision: '2' };
    expect((await folded(membersView, again)).rows[key]).toEqual(invitedAgain);

    const back = log(joined({ teamId: 'team_1' }), removed(), invited(), joined({ role: 'viewer' }));
    const rejoined = { ...active, role: 'viewer', joinedAt: at(4), changedAt: at(4), revision: '3' };
    expect((await folded(membersView, back)).rows[key]).toEqual(rejoined);
  });

  it('keeps a removed member removed when nothing comes of another invitation', async () => {
    const again = [joined({ teamId: 'team_1' }), removed(), invited({ role: 'viewer' }), renamed()];
    const { rows } = await folded(membersView, log(...again, ofInvitation('InvitationDeclined')));
    const former = { ...active, firstName: 'Anna', lastName: 'Lee-Ray', teamId: 'team_1' };
    expect(rows[key]).toEqual({ ...former, status: 'removed', changedAt: at(5), revision: '3' });

    const { versions } = await folded(membersView, log(...again, erased()));
    expect(JSON.stringify(versions(key))).not.toMatch(/Ann|Lee|Leigh/);
  });

  it('renames a person in all accounts but those that invited them', async () => {
    const elsewhere = [joined({ accountId: 'acc_b' }), removedFrom('acc_b'), invited({ accountId: 'acc_c' })];
    const { rows } = await folded(membersView, log(joined(), ...elsewhere, joined({ userId: 'usr_ben' }), renamed()));
    expect(rows[key]).toEqual({ ...active, firstName: 'Anna', lastName: 'Lee-Ray', changedAt: at(6) });
    expect(rows[memberKey('acc_b', ann)]).toMatchObject({ firstName: 'Anna', status: 'removed', revision: '1' });
    expect(rows[memberKey('acc_c', ann)]).toMatchObject({ firstName: 'Annie', changedAt: at(4) });
    expect(rows[memberKey(acme, 'usr_ben')]).toMatchObject({ firstName: 'Ann', changedAt: at(5) });
  });

  it('forgets an erased person in every version', async () => {
    const { versions, keysOfWord, keysWhere } = await folded(
      membersView,
      log(invited(), joined(), removed(), erased()),
    );
    const nobody = { firstName: '[erased]', lastName: '[erased]', email: '[erased]' };
    expect(versions(key)).toEqual([
      [1, 2, expect.objectContaining({ ...nobody, status: 'invited' })],
      [2, 3, expect.objectContaining({ ...nobody, status: 'active' })],
      [3, null, expect.objectContaining({ ...nobody, status: 'removed' })],
    ]);
    expect(await keysOfWord('lee')).toEqual([]);
    expect(await keysWhere('email', '[erased]')).toEqual([key]);
  });

  it('is sorted and searched without case and marks', async () => {
    const { keysOfWord, keysWhere } = await folded(membersView, log(joined({ firstName: 'Ánn', lastName: 'LEE' })));
    expect(await keysWhere('name', 'ann lee')).toEqual([key]);
    expect(await keysOfWord('ann@ex')).toEqual([key]);
  });

  it('takes no notice of other events', async () => {
    expect((await folded(membersView, log(joined(), fact('RoleRetired', { roleId: 'r' })))).versions(key)).toHaveLength(
      1,
    );
  });
});

const removedFrom = (accountId: string) => fact('MemberRemoved', { accountId, userId: ann });
