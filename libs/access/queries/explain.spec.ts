import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatPosition } from '#eventing/position.js';
import type { Caller } from '../caller.js';
import { fact } from '../events.js';
import { Explain, explain } from './explain.js';
import type { LogReading } from './log-reading.js';
import {
  activated,
  assigned,
  at,
  by,
  type GivenReading,
  givenReading,
  granted,
  invited,
  joined,
  opened,
  operator,
  person,
  refusalOf,
  registered,
} from './reading.spec-kit.js';

const [acme, billing, crm] = ['acc_acme', 'app_billing', 'app_crm'];
let given: GivenReading;
let reading: LogReading;
let [assignedUpTo, revokedAt, regainedAt] = [0n, 0n, 0n];

const ask = (rest: Partial<Explain> = {}, caller: Caller = operator) =>
  explain(new Explain({ accountId: acme, userId: 'usr_ann', applicationId: billing, ...rest }, by(caller)), reading);

beforeAll(async () => {
  given = await givenReading();
  reading = { ...given.reading, views: given.views, sealer: given.sealer };
  assignedUpTo = await given.record([
    opened(acme, 'Acme'),
    registered(billing, 'Billing'),
    registered(crm, 'CRM'),
    activated(billing),
    assigned(acme, billing),
    assigned(acme, crm),
    ...joined(acme, 'usr_olga', 'Olga Owner', 'owner'),
    invited(acme, 'usr_ann', 'Annie Leigh', { applicationIds: [billing, crm] }),
  ]);
  const [registration, membership] = joined(acme, 'usr_ann', 'Ann Lee');
  await given.record([
    registration!,
    fact('InvitationAccepted', {
      accountId: acme,
      invitationId: 'inv_usr_ann',
      userId: 'usr_ann',
      lostApplicationIds: [],
    }),
    membership!,
    granted(acme, 'usr_ann', billing, { origin: 'invitation' }),
    granted(acme, 'usr_ann', crm, { origin: 'invitation' }),
  ]);
  const revoked = { accountId: acme, userId: 'usr_ann', applicationId: billing, cause: 'revoked' as const };
  revokedAt = await given.record([fact('AccessRevoked', { ...revoked, grantId: `grt_${acme}_usr_ann_${billing}` })], {
    reason: 'On leave',
  });
  regainedAt = await given.record([granted(acme, 'usr_ann', billing, { grantId: 'grt_2', expiresAt: at(200_000) })]);
  await given.record([
    fact('RoleChanged', { accountId: acme, userId: 'usr_ann', from: null, to: 'viewer', applicationId: crm }),
  ]);
});
afterAll(() => given.close());

describe('an explanation', () => {
  it('tells what was lost and regained, oldest first, in sentences', async () => {
    const told = await ask();
    expect(told.now).toMatchObject({ allowed: true, because: { code: 'granted' }, validUntil: at(200_000) });
    expect(told.chain.map(({ type }) => type)).toEqual([
      'UserInvited',
      'InvitationAccepted',
      'MemberJoined',
      'AccessGranted',
      'AccessRevoked',
      'AccessGranted',
    ]);
    expect(told.chain.map(({ text }) => text)).toEqual([
      'Olga Owner invited Ann Lee to Acme as Staff with Billing and CRM',
      'Ann Lee accepted the invitation to Acme',
      'Ann Lee joined Acme as Staff',
      'Ann Lee got Billing by joining Acme',
      'Olga Owner took Billing from Ann Lee',
      expect.stringMatching(/^Olga Owner gave Ann Lee Billing until /),
    ]);
    expect(told.chain[4]).toMatchObject({
      position: formatPosition(revokedAt),
      reason: 'On leave',
      actor: { kind: 'user', id: 'usr_olga', name: 'Olga Owner' },
    });
    expect(told.gates.map(({ type }) => type)).toEqual(['ApplicationActivated', 'ApplicationAssigned']);
    expect(told.since).toBe(told.chain[5]?.at);
    expect((await ask({ applicationId: crm })).chain.at(-1)).toMatchObject({ type: 'RoleChanged' });
  });

  it('tells who let the person in, also where the application came later or never', async () => {
    const told = await ask({ applicationId: 'app_none' });
    expect(told.now).toMatchObject({ allowed: false, because: { code: 'no-access' } });
    expect(told.chain.map(({ type }) => type)).toEqual(['UserInvited', 'InvitationAccepted', 'MemberJoined']);
  });

  it('as of then says since when it was so', async () => {
    const lost = await ask({ asOf: revokedAt.toString() });
    expect(lost.now).toMatchObject({
      allowed: false,
      because: { code: 'no-access' },
      position: formatPosition(revokedAt),
    });
    expect(lost.chain).toHaveLength(5);
    expect(lost.since).toBe(lost.chain[4]?.at);
    const before = await ask({ asOf: assignedUpTo.toString() });
    expect(before).toMatchObject({
      now: { because: { code: 'invitation-pending' } },
      chain: [{ type: 'UserInvited' }],
    });
    expect(before.since).toBe(before.chain[0]?.at);
    expect(await ask({ asOf: '0' })).toMatchObject({ chain: [], gates: [], since: null, now: { allowed: false } });
    expect((await ask({ asOf: regainedAt.toString() })).now.allowed).toBe(true);
  });

  it('of oneself needs nothing, of others history:replay', async () => {
    expect((await ask({}, person('usr_ann'))).chain).toHaveLength(6);
    expect((await ask({ asOf: revokedAt.toString() }, person('usr_ann'))).chain).toHaveLength(5);
    expect((await ask({}, person('usr_olga'))).chain).toHaveLength(6);
    expect(await refusalOf(ask({ userId: 'usr_olga' }, person('usr_ann')))).toMatchObject({
      needs: 'history:replay@account',
    });
    expect(await refusalOf(ask({ userId: 'usr_x' }, person('usr_x')))).toEqual({ code: 'account-not-found' });
    expect(await refusalOf(ask({ accountId: 'acc_none' }, person('usr_ann')))).toEqual({ code: 'account-not-found' });
  });
});
