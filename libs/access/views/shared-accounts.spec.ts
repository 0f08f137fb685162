import { describe, expect, it } from '@jest/globals';
import {
  acme,
  ann,
  assigned,
  ben,
  billing,
  crm,
  erased,
  expired,
  expiredInvitation,
  granted,
  invited,
  joined,
  ofInvitation,
  removed,
  renamed,
  resent,
  revoked,
  roleChanged,
  unassigned,
} from './facts.spec-kit.js';
import { at, by, folded, log, olga } from './folded.spec-kit.js';
import { accessKey, memberKey } from './keys.js';
import { sharedAccountsView } from './shared-accounts.js';

const member = memberKey(acme, ann);
const [toBilling, toCrm] = [accessKey(acme, ann, billing), accessKey(acme, ann, crm)];

const person = { accountId: acme, userId: ann, firstName: 'Ann', lastName: 'Lee', email: 'ann@example.com' };
const typed = { ...person, firstName: 'Annie', lastName: 'Leigh', email: 'Ann@example.com' };
const pending = { ...typed, role: 'staff', status: 'invited', since: at(1), invitedBy: olga };
const promised = {
  ...pending,
  kind: 'access',
  grantId: null,
  ownRole: null,
  origin: 'invitation',
  accessSince: at(1),
  expiresAt: at(500),
  by: olga,
};
const active = { ...person, role: 'staff', status: 'active', since: at(1), invitedBy: null };
const access = {
  ...active,
  kind: 'access',
  applicationId: billing,
  grantId: 'grt_1',
  ownRole: null,
  origin: 'assigned',
  accessSince: at(2),
  expiresAt: null,
  by: olga,
};

describe('shared-accounts', () => {
  it('shows what a pending invitation promises', async () => {
    const { rows, keysWhere } = await folded(sharedAccountsView, log(invited({ applicationIds: [billing, crm] })));
    expect(rows).toEqual({
      [member]: { kind: 'member', ...pending },
      [toBilling]: { ...promised, applicationId: billing },
      [toCrm]: { ...promised, applicationId: crm },
    });
    expect(await keysWhere('applicationId', crm)).toEqual([toCrm]);
    expect(await keysWhere('kind', 'access')).toEqual([toBilling, toCrm]);
  });

  it('moves the end of a promise with the mail', async () => {
    const { rows, versions } = await folded(sharedAccountsView, log(invited(), resent()));
    expect(rows[toBilling]).toEqual({ ...promised, applicationId: billing, expiresAt: at(900) });
    expect(versions(member)).toHaveLength(1);
  });

  it.each([ofInvitation('InvitationDeclined'), ofInvitation('InvitationRevoked'), expiredInvitation()])(
    'takes back what was promised with %j',
    async (closing) => {
      const { rows, versions } = await folded(sharedAccountsView, log(invited(), closing));
      expect(rows).toEqual({});
      expect(versions(toBilling)).toEqual([[1, 2, { ...promised, applicationId: billing }]]);
    },
  );

  it('promises again after an expiry', async () => {
    const again = invited({ invitationId: 'inv_2', applicationIds: [crm] });
    const { rows } = await folded(sharedAccountsView, log(invited(), expiredInvitation(), again));
    expect(Object.keys(rows)).toEqual([member, toCrm]);
    expect(rows[toCrm]).toMatchObject({ status: 'invited', since: at(3), accessSince: at(3) });
  });

  it('breaks the promise of an application that is taken from the account, for good', async () => {
    const others = invited({ invitationId: 'inv_2', accountId: 'acc_b' });
    const events = log(invited({ applicationIds: [billing, crm] }), others, unassigned(), assigned());
    const { rows } = await folded(sharedAccountsView, events);
    expect(Object.keys(rows)).toEqual([member, toCrm, memberKey('acc_b', ann), accessKey('acc_b', ann, billing)]);
  });

  it('keeps an access of which only the taking is known', async () => {
    const { rows } = await folded(sharedAccountsView, log(joined(), granted('grt_1'), unassigned()));
    expect(rows[toBilling]).toEqual(access);
  });

  it('replaces the promise by what was given, by decision of the inviter', async () => {
    const self = { kind: 'user', id: ann } as const;
    const given = by(self, granted('grt_1', { origin: 'invitation' }));
    const { rows, versions } = await folded(
      sharedAccountsView,
      log(invited({ applicationIds: [billing, crm] }), by(self, joined()), given),
    );
    const person = { ...active, since: at(2), invitedBy: olga };
    expect(rows).toEqual({
      [member]: { kind: 'member', ...person },
      [toBilling]: { ...access, ...person, origin: 'invitation', accessSince: at(3) },
    });
    expect(versions(toBilling).map(([from, until]) => [from, until])).toEqual([
      [1, 2],
      [3, null],
    ]);
    expect(versions(toCrm).map(([from, until]) => [from, until])).toEqual([[1, 2]]);
  });

  it('gives an access with the person it is for', async () => {
    const events = log(
      joined(),
      granted('grt_1'),
      granted('grt_2', { applicationId: crm, role: 'viewer', expiresAt: at(9) }),
    );
    const { rows } = await folded(sharedAccountsView, events);
    expect(rows).toEqual({
      [member]: { kind: 'member', ...active },
      [toBilling]: access,
      [toCrm]: {
        ...access,
        applicationId: crm,
        grantId: 'grt_2',
        ownRole: 'viewer',
        accessSince: at(3),
        expiresAt: at(9),
      },
    });
  });

  it("changes the member's role in all rows, an access's own in one", async () => {
    const { rows } = await folded(
      sharedAccountsView,
      log(joined(), granted('grt_1'), roleChanged('staff', 'admin'), roleChanged(null, 'viewer', billing)),
    );
    expect(rows).toEqual({
      [member]: { kind: 'member', ...active, role: 'admin' },
      [toBilling]: { ...access, role: 'admin', ownRole: 'viewer' },
    });
  });

  it.each([revoked('grt_1'), expired('grt_1')])('ends an access with %j', async (ending) => {
    const { rows } = await folded(sharedAccountsView, log(joined(), granted('grt_1'), ending));
    expect(rows).toEqual({ [member]: { kind: 'member', ...active } });
    const late = await folded(sharedAccountsView, log(joined(), granted('grt_1'), granted('grt_2'), ending));
    expect(late.rows[toBilling]).toEqual({ ...access, grantId: 'grt_2', accessSince: at(3) });
  });

  it('ends all with a removal, and begins anew when the person rejoins', async () => {
    const other = joined({ userId: ben });
    const gone = [joined(), other, granted('grt_1'), removed()];
    const left = await folded(sharedAccountsView, log(...gone, revoked('grt_1', { cause: 'member-removed' })));
    expect(Object.keys(left.rows)).toEqual([memberKey(acme, ben)]);

    const back = await folded(sharedAccountsView, log(...gone, invited(), joined(), granted('grt_2')));
    expect(back.rows[toBilling]).toMatchObject({
      grantId: 'grt_2',
      status: 'active',
      since: at(6),
      accessSince: at(7),
    });
  });

  it('renames a person but where they are only invited', async () => {
    const events = log(joined(), granted('grt_1'), invited({ accountId: 'acc_b' }), renamed());
    const { rows } = await folded(sharedAccountsView, events);
    expect(rows[toBilling]).toEqual({ ...access, firstName: 'Anna', lastName: 'Lee-Ray' });
    expect(rows[member]).toMatchObject({ firstName: 'Anna' });
    expect(rows[accessKey('acc_b', ann, billing)]).toMatchObject({ firstName: 'Annie' });
  });

  it('forgets an erased person in every version', async () => {
    const { versions, rows } = await folded(sharedAccountsView, log(joined(), granted('grt_1'), removed(), erased()));
    expect(rows).toEqual({});
    const nobody = { firstName: '[erased]', lastName: '[erased]', email: '[erased]' };
    expect(versions(toBilling)).toEqual([[2, 3, { ...access, ...nobody }]]);
    expect(versions(member)).toEqual([[1, 3, { kind: 'member', ...active, ...nobody }]]);
  });
});
