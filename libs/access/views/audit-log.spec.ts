import { describe, expect, it } from '@jest/globals';
import { formatPosition } from '#eventing/position.js';
import { type AccessFact, fact } from '../events.js';
import { type AuditRow, auditLogView } from './audit-log.js';
import { acme, ann, assigned, billing, crm, invited, roleChanged } from './facts.spec-kit.js';
import { at, folded, log, olga, position } from './folded.spec-kit.js';

const keyOf = (n: number): string => formatPosition(position(n));

const row: AuditRow = {
  eventId: 'evt_1',
  position: keyOf(1),
  at: at(1),
  type: 'RoleChanged',
  accountId: acme,
  actor: olga,
  via: null,
  subject: { kind: 'user', id: ann },
  applicationId: null,
  applicationIds: [],
  changes: [{ field: 'role', from: 'staff', to: 'viewer' }],
  reason: null,
  ticket: null,
  correlationId: 'cor_1',
  causationId: null,
  denied: null,
};

const keyIssued = (scope: { kind: 'account'; accountId: string } | { kind: 'application'; applicationId: string }) =>
  fact('ApiKeyIssued', {
    keyId: 'key_1',
    name: 'Sync',
    secretSha256: 's',
    scope,
    permissions: [],
    expiresAt: undefined,
  });

describe('audit-log', () => {
  it('has a row for every event', async () => {
    const { rows } = await folded(auditLogView, log(roleChanged('staff', 'viewer'), assigned()));
    expect(rows).toEqual({
      [keyOf(1)]: row,
      [keyOf(2)]: {
        ...row,
        eventId: 'evt_2',
        position: keyOf(2),
        at: at(2),
        type: 'ApplicationAssigned',
        subject: { kind: 'application', id: billing },
        applicationId: billing,
        changes: [
          { field: 'assigned', from: false, to: true },
          { field: 'origin', from: null, to: 'assigned' },
        ],
      },
    });
  });

  it('keeps the reason sealed, with what opens it, and everything else of the decision', async () => {
    const metadata = {
      actorKind: 'service',
      actorId: 'key_1',
      via: 'console',
      reason: 'sealed',
      ticket: 'T-1',
      correlationId: 'cor_2',
      causationId: 'evt_0',
    };
    const { rows } = await folded(auditLogView, log({ ...roleChanged('staff', 'viewer'), metadata }));
    expect(rows[keyOf(1)]).toEqual({
      ...row,
      actor: { kind: 'service', id: 'key_1' },
      via: 'console',
      reason: { sealed: 'sealed', stream: 'account-acc_acme', subject: ann },
      ticket: 'T-1',
      correlationId: 'cor_2',
      causationId: 'evt_0',
    });
  });

  it('is sealed with the stream where the event is about nobody', async () => {
    const { rows } = await folded(auditLogView, log({ ...assigned(), metadata: { reason: 'sealed' } }));
    expect(rows[keyOf(1)]?.reason).toEqual({ sealed: 'sealed', stream: 'account-acc_acme', subject: acme });
  });

  it('holds nothing personal', async () => {
    const people = { userId: ann, firstName: 'Zoë', lastName: 'Zoë', email: 'Zoë' };
    const renamed = fact('UserRenamed', { userId: ann, firstName: 'Zoë', lastName: 'Zoë' });
    const joined = fact('MemberJoined', { accountId: acme, role: 'staff', teamId: undefined, ...people });
    const { rows } = await folded(auditLogView, log(fact('UserRegistered', people), renamed, joined, invited(people)));
    expect(Object.keys(rows)).toHaveLength(4);
    expect(JSON.stringify(rows)).not.toContain('Zoë');
  });

  it('is found by account or platform, actor, subject, application, type and cause', async () => {
    const facts: AccessFact[] = [
      invited({ applicationIds: [billing, crm] }),
      roleChanged(null, 'viewer', crm),
      fact('ApplicationActivated', { applicationId: crm }),
      keyIssued({ kind: 'account', accountId: acme }),
      keyIssued({ kind: 'application', applicationId: crm }),
    ];
    const { keysWhere, keysOfWord } = await folded(auditLogView, log(...facts));
    expect(await keysWhere('accountId', acme)).toEqual([1, 2, 4].map(keyOf));
    expect(await keysWhere('scope', 'account')).toEqual([1, 2, 4].map(keyOf));
    expect(await keysWhere('scope', 'platform')).toEqual([3, 5].map(keyOf));
    expect(await keysWhere('actorId', olga.id)).toHaveLength(5);
    expect(await keysWhere('subjectId', ann)).toEqual([1, 2].map(keyOf));
    expect(await keysWhere('applicationId', crm)).toEqual([2, 3, 5].map(keyOf));
    expect(await keysOfWord(crm)).toEqual([keyOf(1)]);
    expect(await keysWhere('type', 'UserInvited')).toEqual([keyOf(1)]);
    expect(await keysWhere('correlationId', 'cor_1')).toHaveLength(5);
    expect(await keysWhere('eventId', 'evt_3')).toEqual([keyOf(3)]);
    expect(await keysWhere('at', at(2))).toEqual([keyOf(2)]);
  });
});
