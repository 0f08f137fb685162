import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatPosition } from '#eventing/position.js';
import type { Caller } from '../caller.js';
import { fact } from '../events.js';
import { GetMember, getMember } from './get-member.js';
import { GetUser, getUser, GetUserAccess, getUserAccess } from './get-user.js';
import { ListApplicationUsers, listApplicationUsers } from './list-application-accounts.js';
import type { ListParameters, Page } from './list.js';
import { ListUsers, listUsers } from './list-users.js';
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
  now,
  opened,
  operator,
  parameters,
  person,
  refusalOf,
  registered,
} from './reading.spec-kit.js';
import type { UserRow } from './user-rows.js';

const [acme, beta] = ['acc_acme', 'acc_beta'];
const olga = person('usr_olga');
let given: GivenReading;
let joinedUpTo: bigint;

const users = (caller: Caller, asked: ListParameters = parameters(), accountId?: string): Promise<Page<UserRow>> =>
  listUsers(new ListUsers({ accountId, parameters: asked }, by(caller)), given.reading);
const names = ({ items }: Page<UserRow>): string[] => items.map(({ firstName }) => firstName);

beforeAll(async () => {
  given = await givenReading();
  await given.record([
    opened(acme, 'Acme'),
    opened(beta, 'Beta'),
    registered('app_billing', 'Billing'),
    activated('app_billing'),
    registered('app_crm', 'CRM'),
    assigned(acme, 'app_billing'),
    assigned(acme, 'app_crm'),
    assigned(beta, 'app_billing'),
    ...joined(acme, 'usr_olga', 'Olga Owner', 'owner'),
    ...joined(beta, 'usr_bert', 'Bert Beta', 'owner'),
  ]);
  joinedUpTo = await given.record([
    ...joined(acme, 'usr_ann', 'Ann Lee', 'staff'),
    ...joined(acme, 'usr_zoe', 'Zoë Zimmer', 'admin'),
    ...joined(acme, 'usr_rex', 'Rex Gone', 'viewer'),
    invited(acme, 'usr_ida', 'Ida New', { applicationIds: ['app_billing'], role: 'reader' }),
  ]);
  await given.record([
    granted(acme, 'usr_ann', 'app_crm'),
    granted(acme, 'usr_ann', 'app_billing', { role: 'viewer', expiresAt: at(90_000) }),
    granted(acme, 'usr_zoe', 'app_crm', { expiresAt: at(99_999) }),
    granted(beta, 'usr_bert', 'app_billing'),
    fact('MemberRemoved', { accountId: acme, userId: 'usr_rex' }),
  ]);
});
afterAll(() => given.close());

describe('the users of an account', () => {
  it('are sorted by name, without those who were removed, each joined with what they have', async () => {
    const page = await users(olga, parameters(), acme);
    expect(names(page)).toEqual(['Ann', 'Ida', 'Olga', 'Zoë']);
    expect(page).toMatchObject({ nextCursor: null, asOf: null, count: null, countCapped: false });
    expect(page.items[0]).toEqual({
      userId: 'usr_ann',
      accountId: acme,
      accountName: 'Acme',
      firstName: 'Ann',
      lastName: 'Lee',
      email: 'ann.lee@example.com',
      role: 'staff',
      roleTitle: 'Staff',
      status: 'active',
      team: null,
      joinedAt: expect.any(String),
      changedAt: expect.any(String),
      invitation: null,
      // Billing has ended by the clock, before any fact says so.
      applications: [
        {
          id: 'app_crm',
          name: 'CRM',
          status: 'inactive',
          role: null,
          origin: 'assigned',
          since: expect.any(String),
          expiresAt: null,
        },
      ],
      capabilities: ['members:change-role', 'members:remove', 'members:grant-access', 'members:revoke-access'],
      revision: expect.any(String),
    });
  });

  it('show whoever is invited with the invitation and without accesses', async () => {
    const { items } = await users(olga, parameters({ status: 'invited' }), acme);
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      userId: 'usr_ida',
      applications: [],
      invitation: {
        id: 'inv_usr_ida',
        status: 'expired',
        invitedBy: { kind: 'user', id: 'usr_olga', name: 'Olga Owner' },
        applications: [{ id: 'app_billing', name: 'Billing', auto: false, lost: null }],
      },
      capabilities: ['members:invite'],
    });
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['the start of a word, without case and accents', { search: 'ZOE' }, ['Zoë']],
    ['every word', { search: 'ann le' }, ['Ann']],
    ['every word, or nothing', { search: 'ann zi' }, []],
    ['an e-mail', { search: 'ann.lee@' }, ['Ann']],
    ['roles', { role: 'staff,owner' }, ['Ann', 'Olga']],
    ['a role and a status', { role: 'staff', status: 'invited' }, []],
    ['those who were removed, when asked for', { status: 'removed' }, ['Rex']],
    ['an application, promised ones past their end left out', { applicationId: 'app_crm' }, ['Ann']],
    ['an application and what its list alone knows', { applicationId: 'app_crm', changedSince: at(1) }, ['Ann']],
    ['an application that has ended for her', { applicationId: 'app_billing' }, []],
    ['a time of change in another form', { changedSince: '2030-01-01T00:00:00Z' }, []],
  ])('are found by %s', async (_, filters, expected) => {
    expect(names(await users(olga, parameters(filters), acme))).toEqual(expected);
  });

  it('can be sorted by what is declared and by nothing else', async () => {
    expect(names(await users(olga, parameters({}, { sort: '-name' }), acme))).toEqual(['Zoë', 'Olga', 'Ida', 'Ann']);
    expect(names(await users(olga, parameters({}, { sort: 'role' }), acme))).toEqual(['Zoë', 'Olga', 'Ida', 'Ann']);
    expect(await refusalOf(users(olga, parameters({}, { sort: 'joinedAt' }), acme))).toEqual({
      code: 'invalid-request',
    });
  });

  it('are counted when asked', async () => {
    expect((await users(olga, parameters({}, { count: true, limit: 1 }), acme)).count).toBe(4);
    expect((await users(olga, parameters({ applicationId: 'app_crm' }, { count: true }), acme)).count).toBe(1);
  });

  it('are shown as they were, with what was theirs then and nothing to do', async () => {
    const then = await users(olga, parameters({}, { asOf: joinedUpTo.toString() }), acme);
    expect(names(then)).toEqual(['Ann', 'Ida', 'Olga', 'Rex', 'Zoë']);
    expect(then.position).toBe(formatPosition(joinedUpTo));
    expect(then.asOf).toBe(formatPosition(joinedUpTo));
    expect(then.items[0]).toMatchObject({ applications: [], capabilities: [] });
    // The clock of the moment, not the reader's.
    expect(then.items[1]?.invitation?.status).toBe('pending');
  });
});

describe('who may see users', () => {
  it('answers a foreign account as one that is not there', async () => {
    expect(await refusalOf(users(olga, parameters(), beta))).toEqual({ code: 'account-not-found' });
    expect(await refusalOf(users(olga, parameters(), 'acc_none'))).toEqual({ code: 'account-not-found' });
    expect(await refusalOf(users(olga, parameters({ accountId: `${acme},${beta}` })))).toEqual({
      code: 'account-not-found',
    });
    expect(await refusalOf(users(operator, parameters(), 'acc_none'))).toEqual({ code: 'account-not-found' });
  });

  it('refuses a member who lacks the permission, with what it takes', async () => {
    const needs = { code: 'not-allowed', needs: 'members:view@account' };
    expect(await refusalOf(users(person('usr_ann'), parameters(), acme))).toEqual(needs);
    expect(await refusalOf(users(person('usr_ann')))).toEqual(needs);
    expect(await refusalOf(users(accountKey(acme, 'audit-log:view@account')))).toEqual(needs);
  });

  it('shows operators all accounts, members theirs, and keys what they are for', async () => {
    expect(names(await users(operator))).toEqual(['Ann', 'Bert', 'Ida', 'Olga', 'Zoë']);
    expect(names(await users(olga))).toEqual(['Ann', 'Ida', 'Olga', 'Zoë']);
    expect(names(await users(accountKey(beta, 'members:view@account')))).toEqual(['Bert']);
  });

  it('shows an application key those who have its application, in every account, and nothing else', async () => {
    const key = applicationKey('app_billing', 'members:view@account');
    const { items } = await users(key);
    expect(items.map(({ userId }) => userId)).toEqual(['usr_bert']);
    expect(items[0]?.applications.map(({ id }) => id)).toEqual(['app_billing']);
    expect(names(await users(key, parameters(), beta))).toEqual(['Bert']);
    const early = new ListUsers({ parameters: parameters() }, by(key, at(200)));
    const { items: earlier } = await listUsers(early, given.reading);
    expect(earlier.map(({ userId }) => userId)).toEqual(['usr_ann', 'usr_bert']);
    expect(earlier[0]?.applications.map(({ id }) => id)).toEqual(['app_billing']);
  });

  it('goes by the rights of today, also in the past', async () => {
    const rex = person('usr_rex');
    expect(await refusalOf(users(rex, parameters({}, { asOf: joinedUpTo.toString() }), acme))).toEqual({
      code: 'account-not-found',
    });
  });
});

describe('one person', () => {
  const member = (caller: Caller, userId: string, accountId = acme, asOf?: string) =>
    getMember(new GetMember({ accountId, userId, at: { asOf } }, by(caller)), given.reading);

  it('is a row with its revision, in the past without', async () => {
    const { answer, revision } = await member(olga, 'usr_ann');
    expect(answer.firstName).toBe('Ann');
    expect(revision).toBe(BigInt(answer.revision));
    expect((await member(olga, 'usr_ann', acme, joinedUpTo.toString())).revision).toBeUndefined();
    expect((await member(olga, 'usr_rex')).answer.status).toBe('removed');
  });

  it('is not there before they were invited, or in another account', async () => {
    expect(await refusalOf(member(olga, 'usr_ann', acme, '15'))).toEqual({ code: 'member-not-found' });
    expect(await refusalOf(member(olga, 'usr_bert'))).toEqual({ code: 'member-not-found' });
    expect(await refusalOf(member(olga, 'usr_bert', beta))).toEqual({ code: 'account-not-found' });
  });

  it('may do nothing to the last owner that takes the ownership', async () => {
    const capabilities = (await member(operator, 'usr_olga')).answer.capabilities;
    expect(capabilities).toEqual(['members:grant-access', 'members:revoke-access']);
  });

  it('is shown over accounts as far as the caller reaches', async () => {
    const user = (caller: Caller, userId: string) =>
      getUser(new GetUser({ userId, at: {} }, by(caller)), given.reading);
    expect((await user(olga, 'usr_ann')).answer).toMatchObject({ firstName: 'Ann', accounts: [{ accountId: acme }] });
    expect((await user(person('usr_ann'), 'usr_ann')).answer.accounts).toHaveLength(1);
    expect(await refusalOf(user(olga, 'usr_bert'))).toEqual({ code: 'user-not-found' });
    expect(await refusalOf(user(operator, 'usr_none'))).toEqual({ code: 'user-not-found' });
    const asked = new GetUserAccess({ userId: 'usr_ann', at: {} }, by(olga, at(200)));
    const { items } = (await getUserAccess(asked, given.reading)).answer;
    expect(items.map(({ id, effectiveRole }) => [id, effectiveRole])).toEqual([
      ['app_billing', 'viewer'],
      ['app_crm', 'staff'],
    ]);
  });

  it('is among the users of an application for whoever may see it', async () => {
    const ofApplication = (caller: Caller, applicationId: string) =>
      listApplicationUsers(
        new ListApplicationUsers({ applicationId, parameters: parameters() }, by(caller, at(200))),
        given.reading,
      );
    // Ida is promised it, Ann has it; Bert's is in an account out of reach.
    expect(names(await ofApplication(olga, 'app_billing'))).toEqual(['Ann', 'Ida']);
    expect(names(await ofApplication(operator, 'app_billing'))).toEqual(['Ann', 'Bert', 'Ida']);
    expect(await refusalOf(ofApplication(person('usr_bert'), 'app_crm'))).toEqual({ code: 'application-not-found' });
  });
});

describe('paging through users', () => {
  it('walks one moment, whatever is written in between, for members and for holders of an application', async () => {
    const own = await givenReading();
    const list = (asked: ListParameters) =>
      listUsers(new ListUsers({ accountId: acme, parameters: asked }, by(olga)), own.reading);
    const people = ['Ada A', 'Bea B', 'Cem C', 'Dan D', 'Eva E'];
    await own.record([
      opened(acme, 'Acme'),
      registered('app_crm', 'CRM'),
      registered('app_billing', 'Billing'),
      assigned(acme, 'app_crm'),
      ...joined(acme, 'usr_olga', 'Olga Owner', 'owner'),
      ...people.flatMap((name, index) => joined(acme, `usr_${index}`, name)),
      ...people.flatMap((_, index) => [
        granted(acme, `usr_${index}`, 'app_crm'),
        granted(acme, `usr_${index}`, 'app_billing'),
      ]),
    ]);
    for (const filters of [{ role: 'staff' }, { applicationId: 'app_crm,app_billing' }]) {
      const first = await list(parameters(filters, { limit: 2, count: true }));
      expect(names(first)).toEqual(['Ada', 'Bea']);
      expect(first.count).toBe(5);
      await own.record([
        fact('UserRenamed', { userId: 'usr_4', firstName: 'Aaa', lastName: 'First' }),
        ...joined(acme, `usr_new_${Object.keys(filters)[0]}`, 'Cleo Late'),
      ]);
      const cursor = first.nextCursor ?? '';
      const second = await list(parameters({}, { limit: 2, cursor }));
      expect(await list(parameters({}, { limit: 2, cursor, sort: 'name' }))).toMatchObject({ items: second.items });
      const third = await list(parameters(filters, { limit: 2, cursor: second.nextCursor ?? '' }));
      expect([names(second), names(third), third.nextCursor]).toEqual([['Cem', 'Dan'], ['Eva'], null]);
      expect(second.position).toBe(first.position);
      expect(await refusalOf(list(parameters({ role: 'owner' }, { cursor })))).toEqual({ code: 'cursor-mismatch' });
      expect(await refusalOf(list(parameters({}, { cursor, sort: 'email' })))).toEqual({ code: 'cursor-mismatch' });
      const elsewhere = new ListUsers({ parameters: parameters({}, { cursor }) }, by(olga));
      expect(await refusalOf(listUsers(elsewhere, own.reading))).toEqual({ code: 'cursor-mismatch' });
      await own.record([fact('UserRenamed', { userId: 'usr_4', firstName: 'Eva', lastName: 'E' })]);
    }
    expect(await refusalOf(list(parameters({}, { cursor: 'x'.repeat(80) })))).toEqual({ code: 'cursor-invalid' });
    await own.close();
  });

  it("shows today's names in the past, and none of the erased", async () => {
    const own = await givenReading();
    const before = await own.record([
      opened(acme, 'Acme'),
      ...joined(acme, 'usr_olga', 'Olga Owner', 'owner'),
      ...joined(acme, 'usr_ann', 'Ann Lee'),
    ]);
    await own.record([fact('UserRenamed', { userId: 'usr_ann', firstName: 'Anna', lastName: 'Lee-Ray' })]);
    const list = () =>
      listUsers(
        new ListUsers({ accountId: acme, parameters: parameters({}, { asOf: before.toString() }) }, by(olga)),
        own.reading,
      );
    expect(names(await list())).toEqual(['Anna', 'Olga']);
    await own.erase('usr_ann');
    expect(names(await list())).toContain('[erased]');
    expect(names(await list())).not.toContain('Ann');
    await own.close();
  });
});

describe('the moment of a list', () => {
  it('refuses what lies ahead, and both parameters at once', async () => {
    expect((await refusalOf(users(olga, parameters({}, { asOf: '999999' })))).code).toBe('as-of-in-the-future');
    expect((await refusalOf(users(olga, parameters({}, { asOf: at(200_000) })))).code).toBe('as-of-in-the-future');
    expect((await refusalOf(users(olga, parameters({}, { minPosition: '999999' })))).code).toBe('position-unknown');
    expect((await refusalOf(users(olga, parameters({}, { asOf: '1', minPosition: '1' })))).code).toBe(
      'invalid-request',
    );
    expect((await users(olga, parameters({}, { asOf: at(30), sort: 'name' }))).asOf).toBe(at(30));
    expect((await users(olga, parameters({}, { minPosition: joinedUpTo.toString() }))).asOf).toBeNull();
    expect(now > at(1)).toBe(true);
  });
});
