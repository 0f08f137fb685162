import { describe, expect, it } from '@jest/globals';
import { acme, ann, billing, crm, expired, granted, removed, revoked, roleChanged } from './facts.spec-kit.js';
import { at, folded, log, olga } from './folded.spec-kit.js';
import { accessKey, memberKey } from './keys.js';
import { type UserApplicationRow, userApplicationsView } from './user-applications.js';

const key = accessKey(acme, ann, billing);

const row: UserApplicationRow = {
  accountId: acme,
  userId: ann,
  applicationId: billing,
  grantId: 'grt_1',
  origin: 'assigned',
  role: null,
  since: at(1),
  expiresAt: null,
  by: olga,
  revision: '0',
};

describe('user-applications', () => {
  it('has a row for every access', async () => {
    const other = granted('grt_2', { applicationId: crm, origin: 'shared', role: 'viewer', expiresAt: at(90) });
    const { rows, keysWhere } = await folded(userApplicationsView, log(granted('grt_1'), other));
    expect(rows).toEqual({
      [key]: row,
      [accessKey(acme, ann, crm)]: {
        ...row,
        applicationId: crm,
        grantId: 'grt_2',
        origin: 'shared',
        role: 'viewer',
        since: at(2),
        expiresAt: at(90),
        revision: '1',
      },
    });
    expect(await keysWhere('member', memberKey(acme, ann))).toHaveLength(2);
  });

  it("changes an access's own role, not the member's", async () => {
    const events = log(granted('grt_1'), roleChanged(null, 'viewer', billing), roleChanged('staff', 'reader'));
    const { versions } = await folded(userApplicationsView, events);
    expect(versions(key)).toEqual([
      [1, 2, row],
      [2, null, { ...row, role: 'viewer', revision: '1' }],
    ]);
    const back = log(granted('grt_1', { role: 'viewer' }), roleChanged('viewer', null, billing));
    expect((await folded(userApplicationsView, back)).rows[key]).toEqual({ ...row, revision: '1' });
  });

  it.each([revoked('grt_1'), expired('grt_1')])('ends with %j', async (ending) => {
    const { rows, versions } = await folded(userApplicationsView, log(granted('grt_1'), ending));
    expect(rows).toEqual({});
    expect(versions(key)).toEqual([[1, 2, row]]);
  });

  it.each([revoked('grt_1', { cause: 'unassigned' }), expired('grt_1')])(
    'keeps a later grant when %j comes late',
    async (ending) => {
      const { versions } = await folded(userApplicationsView, log(granted('grt_1'), granted('grt_2'), ending));
      expect(versions(key)).toEqual([
        [1, 2, row],
        [2, null, { ...row, grantId: 'grt_2', since: at(2), revision: '1' }],
      ]);
    },
  );

  it('works out nothing from a removal: every access ends by its own event', async () => {
    expect((await folded(userApplicationsView, log(granted('grt_1'), removed()))).rows).toEqual({ [key]: row });
  });
});
