import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatPosition } from '#eventing/position.js';
import type { Caller } from '../caller.js';
import { fact } from '../events.js';
import { Diff, diff, type DiffAnswer } from './diff.js';
import { ListUsers, listUsers } from './list-users.js';
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
  parameters,
  person,
  refusalOf,
  registered,
} from './reading.spec-kit.js';
import type { UserRow } from './user-rows.js';

const [acme, beta, billing, crm] = ['acc_acme', 'acc_beta', 'app_billing', 'app_crm'];
const olga = person('usr_olga');
let given: GivenReading;
let reading: LogReading;
/** The moments between what happened. */
const moments: bigint[] = [];

const ask = (from: bigint | string, to?: bigint, rest: Partial<Diff> = {}, caller: Caller = operator) =>
  diff(new Diff({ from: String(from), to: to?.toString(), limit: 200, ...rest }, by(caller)), reading);

const keyOf = ({ accountId, userId }: { accountId: string; userId: string }): string => `${accountId}/${userId}`;

const usersAt = async (position: bigint): Promise<Map<string, UserRow>> => {
  const asked = parameters({}, { limit: 200, asOf: position.toString() });
  const { items } = await listUsers(new ListUsers({ parameters: asked }, by(operator)), reading);
  return new Map(items.map((row) => [keyOf(row), row]));
};

const applied = (rows: Map<string, UserRow>, lines: readonly DiffAnswer[]): Map<string, UserRow> => {
  const result = new Map(rows);
  for (const { key, before, after } of lines) {
    expect(result.get(keyOf(key)) ?? null).toEqual(before);
    if (after === null) result.delete(keyOf(key));
    else result.set(keyOf(key), after);
  }
  return result;
};

const revoked = (userId: string, applicationId: string) =>
  fact('AccessRevoked', {
    accountId: acme,
    grantId: `grt_${acme}_${userId}_${applicationId}`,
    userId,
    applicationId,
    cause: 'revoked',
  });

beforeAll(async () => {
  given = await givenReading();
  reading = { ...given.reading, views: given.views, sealer: given.sealer };
  const happen = async (...facts: Parameters<GivenReading['record']>): Promise<void> => {
    moments.push(await given.record(...facts));
  };
  await happen([
    opened(acme, 'Acme'),
    opened(beta, 'Beta'),
    registered(billing, 'Billing'),
    registered(crm, 'CRM'),
    activated(crm),
    assigned(acme, billing),
    assigned(acme, crm),
    assigned(beta, crm),
  ]);
  await happen([
    ...joined(acme, 'usr_olga', 'Olga Owner', 'owner'),
    ...joined(acme, 'usr_ann', 'Ann Lee', 'staff'),
    ...joined(acme, 'usr_rex', 'Rex Gone', 'viewer'),
    ...joined(beta, 'usr_bert', 'Bert Beta', 'owner'),
    invited(acme, 'usr_ida', 'Ida New', { applicationIds: [billing] }),
    granted(acme, 'usr_ann', crm),
    granted(acme, 'usr_olga', billing),
  ]);
  await happen(
    [
      fact('RoleChanged', {
        accountId: acme,
        userId: 'usr_ann',
        from: 'staff',
        to: 'viewer',
        applicationId: undefined,
      }),
    ],
    { reason: 'Moved to audit', ticket: 'T-7' },
  );
  await happen([
    revoked('usr_ann', crm),
    granted(acme, 'usr_ann', billing),
    fact('MemberRemoved', { accountId: acme, userId: 'usr_rex' }),
    granted(beta, 'usr_bert', crm),
    fact('InvitationResent', {
      accountId: acme,
      invitationId: 'inv_usr_ida',
      userId: 'usr_ida',
      issue: 2,
      tokenSha256: 'b'.repeat(64),
      expiresAt: at(60_000),
    }),
  ]);
  // Shows in the rows of all who have it, though none of them is touched.
  await happen([activated(billing)]);
  await happen([fact('RoleRedefined', { roleId: 'viewer', title: 'Onlooker', note: '', permissions: [] })]);
  await happen([granted(acme, 'usr_olga', crm), revoked('usr_olga', crm)]);
});
afterAll(() => given.close());

describe('a diff', () => {
  it('turns any moment into any later one', async () => {
    for (const [index, from] of moments.entries())
      for (const to of moments.slice(index)) {
        const { items } = await ask(from, to);
        expect(applied(await usersAt(from), items)).toEqual(await usersAt(to));
        if (from === to) expect(items).toEqual([]);
      }
  });

  it('names fields, applications, and the events behind them', async () => {
    const { items } = await ask(moments[1]!, moments[3], { accountId: acme, userId: 'usr_ann' });
    expect(items).toMatchObject([
      {
        view: 'user-applications',
        key: { accountId: acme, userId: 'usr_ann' },
        change: 'changed',
        changes: [
          { field: 'role', from: 'staff', to: 'viewer' },
          { field: 'applications/app_billing', from: null, to: { id: billing, status: 'inactive' } },
          { field: 'applications/app_crm', from: { id: crm, since: expect.any(String) }, to: null },
        ],
        causes: [
          {
            type: 'RoleChanged',
            reason: 'Moved to audit',
            ticket: 'T-7',
            actor: { kind: 'user', id: 'usr_olga', name: 'Olga Owner' },
          },
          { type: 'AccessRevoked', reason: null },
          { type: 'AccessGranted' },
        ],
      },
    ]);
    expect(items[0]?.changes).toHaveLength(3);
    const removed = await ask(moments[2]!, moments[3], { userId: 'usr_rex' });
    expect(removed.items).toMatchObject([{ change: 'removed', after: null, causes: [{ type: 'MemberRemoved' }] }]);
    const added = await ask(0n, moments[1], { userId: 'usr_ida' });
    expect(added.items).toMatchObject([{ change: 'added', before: null, causes: [{ type: 'UserInvited' }] }]);
  });

  it('of one application leaves out who has it as before', async () => {
    const { items } = await ask(moments[1]!, moments[3], { applicationId: crm });
    expect(items.map(({ key }) => keyOf(key))).toEqual([`${acme}/usr_ann`, `${beta}/usr_bert`]);
    expect(items[0]?.causes.map(({ type }) => type)).toEqual(['RoleChanged', 'AccessRevoked']);
  });

  it('is paged by key, at one moment', async () => {
    const whole = await ask(0n, moments[4]);
    const paged: DiffAnswer[] = [];
    let cursor: string | undefined;
    do {
      const page = await ask(0n, moments[4], { limit: 1, cursor });
      expect(page.position).toBe(formatPosition(moments[4]!));
      paged.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(paged).toEqual(whole.items);
    expect(paged.length).toBeGreaterThan(3);
    const { nextCursor } = await ask(0n, undefined, { limit: 1 });
    expect(await refusalOf(ask(1n, undefined, { cursor: nextCursor ?? '' }))).toEqual({ code: 'cursor-mismatch' });
  });

  it('takes times, and refuses what is no past', async () => {
    const whole = await ask(moments[1]!, moments[2]);
    const { items } = await ask(whole.items[0]?.before?.changedAt ?? '', moments[2], { userId: 'usr_ann' });
    expect(items).toHaveLength(1);
    expect(await refusalOf(ask(moments[2]!, moments[1]))).toEqual({ code: 'invalid-request' });
    expect(await refusalOf(ask('', moments[1]))).toEqual({ code: 'invalid-request' });
    expect(await refusalOf(ask(1n, 9_999n))).toEqual({ code: 'as-of-in-the-future' });
  });

  it('takes history:replay, where it is held', async () => {
    const { items } = await ask(0n, undefined, {}, olga);
    expect(new Set(items.map(({ key }) => key.accountId))).toEqual(new Set([acme]));
    expect(await refusalOf(ask(0n, undefined, { accountId: beta }, olga))).toEqual({ code: 'account-not-found' });
    expect(await refusalOf(ask(0n, undefined, {}, person('usr_ann')))).toMatchObject({ code: 'not-allowed' });
    const key = accountKey(acme, 'history:replay@account');
    expect((await ask(0n, undefined, { accountId: acme }, key)).items).toHaveLength(items.length);
    const service = applicationKey(crm, 'history:replay@account');
    expect(await refusalOf(ask(0n, undefined, { accountId: acme }, service))).toMatchObject({ code: 'not-allowed' });
  });
});
