import { describe, expect, it } from '@jest/globals';
import { fact } from '../events.js';
import { type AccountRow, accountsView } from './accounts.js';
import {
  accepted,
  acme,
  ann,
  assigned,
  ben,
  crm,
  expiredInvitation,
  granted,
  invited,
  joined,
  ofInvitation,
  opened,
  removed,
  roleChanged,
  unassigned,
} from './facts.spec-kit.js';
import { type Happening, at, folded, log } from './folded.spec-kit.js';

const row: AccountRow = {
  accountId: acme,
  name: 'Acme Çorp',
  externalId: null,
  plan: 'pro',
  status: 'active',
  openedAt: at(1),
  ownerIds: [],
  settings: {
    allowedEmailDomains: [],
    invitationDays: 7,
    defaultRole: 'reader',
    ssoRequired: false,
    mfaRequired: false,
    sessionMinutes: 720,
  },
  counts: { users: 0, applications: 0, invitations: 0 },
  revision: '0',
};

const after = async (...facts: Happening[]): Promise<AccountRow | undefined> =>
  (await folded(accountsView, log(opened(), ...facts))).rows[acme];

describe('accounts', () => {
  it('has a row for every account', async () => {
    const other = fact('AccountOpened', { accountId: 'acc_b', name: 'B', plan: 'free', externalId: 'crm-7' });
    const { rows, keysWhere, keysOfWord } = await folded(accountsView, log(opened(), other));
    expect(rows).toEqual({
      [acme]: row,
      acc_b: { ...row, accountId: 'acc_b', name: 'B', plan: 'free', externalId: 'crm-7', openedAt: at(2) },
    });
    expect(await keysWhere('name', 'acme corp')).toEqual([acme]);
    expect(await keysWhere('externalId', 'crm-7')).toEqual(['acc_b']);
    expect(await keysOfWord('cor')).toEqual([acme]);
  });

  it('counts applications', async () => {
    expect(await after(assigned(), assigned(crm))).toEqual({ ...row, counts: { ...row.counts, applications: 2 } });
    expect(await after(assigned(), assigned(crm), unassigned())).toMatchObject({ counts: { applications: 1 } });
  });

  it('counts pending invitations', async () => {
    expect(await after(invited())).toEqual({ ...row, counts: { ...row.counts, invitations: 1 } });
    for (const closing of [
      accepted(),
      ofInvitation('InvitationDeclined'),
      ofInvitation('InvitationRevoked'),
      expiredInvitation(),
    ])
      expect(await after(invited(), closing)).toEqual(row);
  });

  it('counts members who have joined, and counts one who rejoins again', async () => {
    const joins = [joined(), joined({ userId: ben })];
    expect(await after(...joins)).toEqual({ ...row, counts: { ...row.counts, users: 2 } });
    expect(await after(...joins, removed())).toMatchObject({ counts: { users: 1 } });
    expect(await after(...joins, removed(), joined())).toMatchObject({ counts: { users: 2 } });
    const { keysWhere } = await folded(accountsView, log(opened(), ...joins));
    expect(await keysWhere('users', 2)).toEqual([acme]);
  });

  it('knows the active owners', async () => {
    const two = [joined({ role: 'owner' }), joined({ userId: ben, role: 'owner' })];
    expect(await after(...two)).toMatchObject({ ownerIds: [ann, ben] });
    expect(await after(...two, removed())).toMatchObject({ ownerIds: [ben] });
    expect(await after(...two, roleChanged('owner', 'admin'))).toMatchObject({ ownerIds: [ben] });
    expect(await after(joined(), roleChanged('staff', 'owner'))).toMatchObject({ ownerIds: [ann] });
    expect(await after(joined(), roleChanged(null, 'owner', crm))).toMatchObject({ ownerIds: [] });
  });

  it('has no new version where nothing changes', async () => {
    const { versions } = await folded(
      accountsView,
      log(opened(), joined(), roleChanged('staff', 'viewer'), granted('grt_1')),
    );
    expect(versions(acme).map(([from]) => from)).toEqual([1, 2]);
  });
});
