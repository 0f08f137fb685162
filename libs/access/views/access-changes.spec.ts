import { describe, expect, it } from '@jest/globals';
import { formatPosition } from '#eventing/position.js';
import { fact } from '../events.js';
import { type AccessChangeRow, accessChangesView } from './access-changes.js';
import {
  acme,
  ann,
  billing,
  erased,
  expired,
  granted,
  invited,
  joined,
  removed,
  revoked,
  roleChanged,
} from './facts.spec-kit.js';
import { at, by, folded, log, olga, position } from './folded.spec-kit.js';

const key = formatPosition(position(1));

const row: AccessChangeRow = {
  position: key,
  eventId: 'evt_1',
  at: at(1),
  type: 'granted',
  accountId: acme,
  userId: ann,
  applicationId: billing,
  role: null,
  expiresAt: null,
  gate: null,
  cause: null,
  actor: olga,
  correlationId: 'cor_1',
};
const noApplication = { applicationId: null };
const everybody = { accountId: null, userId: null };

describe('access-changes', () => {
  it.each([
    [granted('grt_1'), {}],
    [granted('grt_1', { role: 'viewer', expiresAt: at(9) }), { role: 'viewer', expiresAt: at(9) }],
    [revoked('grt_1', { cause: 'unassigned' }), { type: 'revoked', cause: 'unassigned' }],
    [expired('grt_1'), { type: 'expired' }],
    [roleChanged('staff', 'viewer'), { type: 'role-changed', role: 'viewer', ...noApplication }],
    [roleChanged('viewer', null, billing), { type: 'role-changed' }],
    [removed(), { type: 'member-removed', ...noApplication }],
    [
      fact('ApplicationActivated', { applicationId: billing }),
      { type: 'gate-opened', gate: 'application', ...everybody },
    ],
    [
      fact('ApplicationDeactivated', { applicationId: billing }),
      { type: 'gate-shut', gate: 'application', ...everybody },
    ],
    [
      fact('RoleRedefined', { roleId: 'staff', title: 'Staff', note: '', permissions: [] }),
      { type: 'role-redefined', role: 'staff', ...everybody, ...noApplication },
    ],
    [erased(), { type: 'user-erased', ...noApplication, accountId: null }],
  ])('tells %j', async (happening, told) => {
    const { rows } = await folded(accessChangesView, log(happening));
    expect(rows).toEqual({ [key]: { ...row, ...told } });
  });

  it('tells who decided, one row an event, and nothing of what changes no access', async () => {
    const system = { kind: 'system', id: 'system' } as const;
    const events = log(invited(), joined(), granted('grt_1'), by(system, expired('grt_1')));
    const { rows, keysWhere } = await folded(accessChangesView, events);
    expect(Object.values(rows)).toMatchObject([
      { eventId: 'evt_3', type: 'granted', actor: olga },
      { eventId: 'evt_4', type: 'expired', actor: system },
    ]);
    expect(await keysWhere('applicationId', billing)).toEqual([position(3), position(4)].map(formatPosition));
  });
});
