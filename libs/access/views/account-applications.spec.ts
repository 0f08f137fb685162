import { describe, expect, it } from '@jest/globals';
import { type AccountApplicationRow, accountApplicationsView } from './account-applications.js';
import { acme, assigned, ben, billing, crm, expired, granted, revoked, unassigned } from './facts.spec-kit.js';
import { at, folded, log, olga } from './folded.spec-kit.js';
import { assignmentKey } from './keys.js';

const key = assignmentKey(acme, billing);

const row: AccountApplicationRow = {
  accountId: acme,
  applicationId: billing,
  assignedAt: at(1),
  origin: 'assigned',
  assignedBy: olga,
  users: 0,
  revision: '0',
};

describe('account-applications', () => {
  it('has a row for every assignment', async () => {
    const { rows, keysWhere } = await folded(accountApplicationsView, log(assigned(), assigned(crm)));
    expect(rows).toEqual({
      [key]: row,
      [assignmentKey(acme, crm)]: { ...row, applicationId: crm, assignedAt: at(2), revision: '1' },
    });
    expect(await keysWhere('applicationId', billing)).toEqual([key]);
  });

  it('counts the accesses that stand', async () => {
    const events = log(
      assigned(),
      granted('grt_1'),
      granted('grt_2', { userId: ben }),
      revoked('grt_1'),
      expired('grt_2'),
    );
    const { versions } = await folded(accountApplicationsView, events);
    expect(versions(key).map(([, , { users }]) => users)).toEqual([0, 1, 2, 1, 0]);
    expect(versions(key).every(([, , { revision }]) => revision === '0')).toBe(true);
  });

  it('ends with the unassignment, and counts anew afterwards whatever comes late', async () => {
    const gone = [assigned(), granted('grt_1'), granted('grt_2', { userId: ben }), unassigned()];
    const late = revoked('grt_1', { cause: 'unassigned' });
    expect((await folded(accountApplicationsView, log(...gone, late))).rows).toEqual({});

    const again = log(
      ...gone,
      late,
      assigned(),
      granted('grt_3'),
      revoked('grt_2', { userId: ben, cause: 'unassigned' }),
    );
    expect((await folded(accountApplicationsView, again)).rows[key]).toEqual({
      ...row,
      assignedAt: at(6),
      users: 1,
      revision: '5',
    });
  });
});
