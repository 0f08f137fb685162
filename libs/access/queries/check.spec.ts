import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatPosition } from '#eventing/position.js';
import type { Caller } from '../caller.js';
import { fact } from '../events.js';
import { answerCheck, answerChecks, Check, type CheckQuestion } from './check.js';
import type { LogReading } from './log-reading.js';
import {
  accountKey,
  activated,
  applicationKey,
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

const [acme, beta, billing, crm] = ['acc_acme', 'acc_beta', 'app_billing', 'app_crm'];
const service = applicationKey(billing, 'access:check@account');
let given: GivenReading;
let reading: LogReading;
let [inactive, active, granting, revoking] = [0n, 0n, 0n, 0n];

const ask = (
  question: Partial<CheckQuestion> = {},
  caller: Caller = operator,
  rest: { asOf?: string; minPosition?: string } = {},
) => {
  const whole = { accountId: acme, userId: 'usr_ann', applicationId: billing, ...question };
  return answerCheck(new Check({ checks: [whole], ...rest }, by(caller)), reading);
};
const code = async (...asked: Parameters<typeof ask>): Promise<string> => (await ask(...asked)).because.code;

beforeAll(async () => {
  given = await givenReading();
  reading = { ...given.reading, views: given.views, sealer: given.sealer };
  inactive = await given.record([
    opened(acme, 'Acme'),
    opened(beta, 'Beta'),
    registered(billing, 'Billing'),
    registered(crm, 'CRM'),
    activated(crm),
    assigned(acme, billing),
    assigned(acme, crm),
    ...joined(acme, 'usr_olga', 'Olga Owner', 'owner'),
    ...joined(acme, 'usr_ann', 'Ann Lee', 'staff'),
    ...joined(beta, 'usr_bert', 'Bert Beta', 'owner'),
    invited(acme, 'usr_ida', 'Ida New', { expiresAt: at(200_000) }),
  ]);
  granting = await given.record([granted(acme, 'usr_ann', billing, { expiresAt: at(200_000) })]);
  active = await given.record([activated(billing)]);
  await given.record([granted(acme, 'usr_ann', crm)]);
  revoking = await given.record([
    fact('AccessRevoked', {
      accountId: acme,
      grantId: `grt_${acme}_usr_ann_${crm}`,
      userId: 'usr_ann',
      applicationId: crm,
      cause: 'revoked',
    }),
  ]);
});
afterAll(() => given.close());

describe('a check', () => {
  it('answers from the streams, with the end of the access and the moment', async () => {
    const answer = await ask();
    expect(answer).toMatchObject({
      allowed: true,
      because: { code: 'granted', role: 'staff', permission: null, scopes: [] },
      validUntil: at(200_000),
      position: formatPosition(revoking),
    });
    expect(answer.because.causes).toHaveLength(2);
    expect(await code({ permission: 'expirations:edit' })).toBe('resource-needed');
    expect(await code({ permission: 'expirations:edit', resource: { ownerId: 'usr_ann' } })).toBe('granted');
    expect(await code({ permission: 'members:invite' })).toBe('permission-not-in-role');
    expect(await code({ applicationId: crm })).toBe('no-access');
    expect(await code({ userId: 'usr_ida' })).toBe('invitation-pending');
  });

  it('answers as it was', async () => {
    const was = (position: bigint, question: Partial<CheckQuestion> = {}) =>
      code(question, operator, { asOf: position.toString() });
    expect(await was(inactive)).toBe('application-inactive');
    expect(await was(granting)).toBe('application-inactive');
    expect(await was(active)).toBe('granted');
    expect(await was(active, { applicationId: crm })).toBe('no-access');
    expect(await was(revoking - 1n, { applicationId: crm })).toBe('granted');
    expect(await was(0n)).toBe('not-a-member');
    expect((await ask({}, operator, { asOf: active.toString() })).position).toBe(formatPosition(active));
    expect(await refusalOf(ask({}, operator, { asOf: '999999' }))).toMatchObject({ code: 'as-of-in-the-future' });
  });

  it('waits for no position: beyond the head there is none', async () => {
    expect(await code({}, operator, { minPosition: revoking.toString() })).toBe('granted');
    expect(await refusalOf(ask({}, operator, { minPosition: (revoking + 1n).toString() }))).toEqual({
      code: 'position-unknown',
    });
  });

  it('is for services and for people about themselves, and tells nobody else anything', async () => {
    const nobody = { allowed: false, because: { code: 'not-a-member', causes: [] } };
    const key = accountKey(acme, 'access:check@account');
    expect(await code({}, service)).toBe('granted');
    expect(await code({}, key)).toBe('granted');
    expect(await code({}, person('usr_ann'))).toBe('granted');
    expect(await code({}, person('usr_olga'))).toBe('granted');
    expect(await ask({ accountId: beta, userId: 'usr_bert' }, key)).toMatchObject(nobody);
    expect(await ask({ accountId: 'acc_none' }, key)).toMatchObject(nobody);
    expect(await ask({ accountId: beta, userId: 'usr_bert' }, service)).toMatchObject(nobody);
    expect(await ask({ accountId: beta }, person('usr_ann'))).toMatchObject(nobody);
    expect(await refusalOf(ask({ userId: 'usr_olga' }, person('usr_ann')))).toMatchObject({ code: 'not-allowed' });
    expect(await refusalOf(ask({ applicationId: crm }, service))).toMatchObject({ code: 'application-not-found' });
    expect(await refusalOf(ask({ applicationId: undefined }, service))).toMatchObject({ code: 'invalid-request' });
    expect(await refusalOf(ask({}, accountKey(acme, 'access:follow@account')))).toMatchObject({ code: 'not-allowed' });
  });

  it('into the past takes history:replay', async () => {
    const asOf = active.toString();
    expect(await refusalOf(ask({}, service, { asOf }))).toMatchObject({ needs: 'history:replay@account' });
    expect(await refusalOf(ask({}, person('usr_ann'), { asOf }))).toMatchObject({ needs: 'history:replay@account' });
    expect(await code({}, person('usr_olga'), { asOf })).toBe('granted');
    expect(await code({}, service, { asOf: '' })).toBe('granted');
  });

  it('comes in batches of one moment, refused as a whole with the place', async () => {
    const question = (userId: string): CheckQuestion => ({ accountId: acme, userId, applicationId: billing });
    const checks = ['usr_ann', 'usr_olga', 'usr_none'].map(question);
    const { answers, position } = await answerChecks(new Check({ checks }, by(operator)), reading);
    expect(answers.map(({ because }) => because.code)).toEqual(['granted', 'no-access', 'not-a-member']);
    expect(position).toBe(formatPosition(revoking));
    await expect(answerChecks(new Check({ checks }, by(person('usr_ann'))), reading)).rejects.toMatchObject({
      code: 'not-allowed',
      problems: [{ pointer: '/checks/1' }],
    });
    const [first] = checks;
    const roleAlone = { accountId: acme, userId: 'usr_ann' };
    const batch = new Check({ checks: [first ?? roleAlone, roleAlone] }, by(service));
    await expect(answerChecks(batch, reading)).rejects.toMatchObject({
      code: 'invalid-request',
      problems: [{ pointer: '/checks/1/applicationId', code: 'required' }],
    });
  });
});
