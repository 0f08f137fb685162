import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Caller } from '../caller.js';
import { fact } from '../events.js';
import { GetAccount, getAccount } from './get-account.js';
import { GetApplication, getApplication } from './get-application.js';
import { GetMe, getMe } from './get-me.js';
import { GetPlatform, getPlatform, GetPosition, getPosition } from './get-platform.js';
import {
  GetAccountApplication,
  getAccountApplication,
  ListAccountApplications,
  listAccountApplications,
} from './list-account-applications.js';
import { ListAccounts, listAccounts } from './list-accounts.js';
import { GetApiKey, getApiKey, ListApiKeys, listApiKeys } from './list-api-keys.js';
import { ListApplicationAccounts, listApplicationAccounts } from './list-application-accounts.js';
import { ListApplications, listApplications } from './list-applications.js';
import { ListAuditLog, listAuditLog, ListMyAuditLog, listMyAuditLog } from './list-audit-log.js';
import { GetInvitation, getInvitation, ListInvitations, listInvitations } from './list-invitations.js';
import { ListPermissions, listPermissions } from './list-permissions.js';
import { GetRole, getRole, GetRoleMatrix, getRoleMatrix, ListRoles, listRoles } from './list-roles.js';
import { ListSharedAccounts, listSharedAccounts } from './list-shared-accounts.js';
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

const [acme, beta] = ['acc_acme', 'acc_beta'];
const [olga, ann, bert] = [person('usr_olga'), person('usr_ann'), person('usr_bert')];
const early = at(300);
let given: GivenReading;

beforeAll(async () => {
  given = await givenReading();
  const { record } = given;
  await record([
    opened(acme, 'Acme'),
    opened(beta, 'Beta', 'free'),
    registered('app_billing', 'Billing'),
    activated('app_billing'),
    registered('app_own', 'Own Tool', { publisherAccountId: acme, ownerId: 'usr_ann' }),
    registered('app_kept', 'Kept', { assignableBy: 'operators' }),
    registered('app_free', 'Free'),
    fact('DefaultApplicationChosen', { applicationId: 'app_billing' }),
    assigned(acme, 'app_own'),
    assigned(acme, 'app_billing'),
    assigned(beta, 'app_own'),
    ...joined(acme, 'usr_olga', 'Olga Owner', 'owner'),
    ...joined(acme, 'usr_ann', 'Ann Lee'),
    ...joined(beta, 'usr_bert', 'Bert Beta', 'owner'),
    granted(acme, 'usr_ann', 'app_billing'),
    granted(acme, 'usr_ann', 'app_own', { role: 'viewer' }),
    granted(beta, 'usr_bert', 'app_own'),
    invited(acme, 'usr_ida', 'Ida New', { applicationIds: ['app_own'], expiresAt: at(400) }),
    invited(acme, 'usr_eve', 'Eve Old', { expiresAt: at(250) }),
    fact('ApiKeyIssued', {
      keyId: 'key_acme',
      name: 'Acme job',
      secretSha256: 'a'.repeat(64),
      scope: { kind: 'account', accountId: acme },
      permissions: ['members:view@account'],
      expiresAt: at(350),
    }),
  ]);
  await record([fact('RoleChanged', { accountId: acme, userId: 'usr_ann', from: 'staff', to: 'viewer' })], {
    reason: 'moved to audit',
    ticket: 'T-1',
  });
});
afterAll(() => given.close());

const ids = ({ items }: { items: readonly { id: string }[] }): string[] => items.map(({ id }) => id);

describe('accounts', () => {
  const accounts = (caller: Caller, filters = {}, rest = {}) =>
    listAccounts(new ListAccounts({ parameters: parameters(filters, rest) }, by(caller)), given.reading);

  it('are all there are for operators, and their own for others', async () => {
    expect(ids(await accounts(operator))).toEqual([acme, beta]);
    expect(ids(await accounts(operator, {}, { sort: '-users' }))).toEqual([acme, beta]);
    expect(ids(await accounts(ann))).toEqual([acme]);
    expect(ids(await accounts(person('usr_nobody')))).toEqual([]);
    expect(ids(await accounts(accountKey(beta, 'members:view@account')))).toEqual([beta]);
    expect(ids(await accounts(applicationKey('app_billing', 'members:view@account')))).toEqual([acme]);
  });

  it('are found by name, plan and application', async () => {
    expect(ids(await accounts(operator, { search: 'be' }))).toEqual([beta]);
    expect(ids(await accounts(operator, { plan: 'pro,none' }))).toEqual([acme]);
    expect(ids(await accounts(operator, { applicationId: 'app_own' }))).toEqual([acme, beta]);
    expect(ids(await accounts(olga, { applicationId: 'app_own' }))).toEqual([acme]);
  });

  it('are single with owners and revision; a foreign one is not there', async () => {
    const account = (caller: Caller, accountId: string, asOf?: string) =>
      getAccount(new GetAccount({ accountId, at: { asOf } }, by(caller)), given.reading);
    const { answer, revision } = await account(ann, acme);
    expect(answer).toMatchObject({
      id: acme,
      name: 'Acme',
      owners: [{ userId: 'usr_olga', name: 'Olga Owner', email: 'olga.owner@example.com' }],
      counts: { users: 2, applications: 2, invitations: 2 },
    });
    expect(revision).toBe(0n);
    expect(await refusalOf(account(ann, beta))).toEqual({ code: 'account-not-found' });
    expect(await refusalOf(account(ann, 'acc_none'))).toEqual({ code: 'account-not-found' });
    expect(await refusalOf(account(operator, acme, '1'))).toEqual({ code: 'account-not-found' });
    expect((await account(applicationKey('app_own', 'access:check@account'), beta)).answer.owners).toEqual([]);
  });
});

describe('applications', () => {
  const applications = (caller: Caller, filters = {}) =>
    listApplications(new ListApplications({ parameters: parameters(filters) }, by(caller)), given.reading);
  const ofAcme = (caller: Caller, filters = {}, rest = {}) =>
    listAccountApplications(
      new ListAccountApplications({ accountId: acme, parameters: parameters(filters, rest) }, by(caller)),
      given.reading,
    );

  it('are the catalogue for operators, and for others what is assigned, published or owned', async () => {
    expect(ids(await applications(operator))).toEqual(['app_billing', 'app_free', 'app_kept', 'app_own']);
    expect(ids(await applications(ann))).toEqual(['app_billing', 'app_own']);
    expect(ids(await applications(bert))).toEqual(['app_own']);
    expect(ids(await applications(applicationKey('app_free', 'members:view@account')))).toEqual(['app_free']);
    expect(ids(await applications(operator, { publisherAccountId: acme }))).toEqual(['app_own']);
    expect(ids(await applications(operator, { status: 'active', autoAssigned: 'false' }))).toEqual(['app_billing']);
  });

  it('are shown with publisher and owner, and what the caller may do', async () => {
    const application = async (caller: Caller, applicationId: string) =>
      (await getApplication(new GetApplication({ applicationId, at: {} }, by(caller)), given.reading)).answer;
    expect(await application(olga, 'app_own')).toMatchObject({
      publisher: { kind: 'account', accountId: acme, name: 'Acme' },
      owner: { kind: 'user', id: 'usr_ann', name: 'Ann Lee' },
      capabilities: ['activate'],
    });
    expect(await application(bert, 'app_own')).toMatchObject({ capabilities: [] });
    expect(await application(operator, 'app_billing')).toMatchObject({
      publisher: { kind: 'platform', accountId: null, name: 'Grantrail' },
      isDefault: true,
      capabilities: ['deactivate'],
    });
    expect(await refusalOf(application(bert, 'app_kept'))).toEqual({ code: 'application-not-found' });
  });

  it('of an account tell since when, by whom and for how many', async () => {
    const { items } = await ofAcme(olga);
    expect(items.map(({ id, users, origin }) => [id, users, origin])).toEqual([
      ['app_billing', 1, 'assigned'],
      ['app_own', 1, 'assigned'],
    ]);
    expect(items[0]).toMatchObject({ assignedBy: { name: 'Olga Owner' }, capabilities: ['unassign'] });
    expect(ids(await ofAcme(olga, {}, { sort: 'assignedAt' }))).toEqual(['app_own', 'app_billing']);
    expect(ids(await ofAcme(olga, { search: 'tool' }, { sort: 'assignedAt' }))).toEqual(['app_own']);
    expect(ids(await ofAcme(olga, { origin: 'default' }))).toEqual([]);
  });

  it('are available to an account when the caller may assign them', async () => {
    const available = await ofAcme(olga, { available: 'true' });
    expect(ids(available)).toEqual(['app_free']);
    expect(available.items[0]).toMatchObject({ assignedAt: null, users: null, capabilities: ['assign'] });
    expect(ids(await ofAcme(operator, { available: 'true' }))).toEqual(['app_free', 'app_kept']);
  });

  it('go on after a page in the order of assignment', async () => {
    const first = await ofAcme(olga, {}, { sort: '-assignedAt', limit: 1 });
    const second = await ofAcme(olga, {}, { limit: 1, cursor: first.nextCursor ?? '' });
    expect([ids(first), ids(second), second.nextCursor]).toEqual([['app_billing'], ['app_own'], null]);
  });

  it('of an account are single only while assigned', async () => {
    const one = (applicationId: string) =>
      getAccountApplication(
        new GetAccountApplication({ accountId: acme, applicationId, at: {} }, by(olga)),
        given.reading,
      );
    expect((await one('app_own')).answer.users).toBe(1);
    expect(await refusalOf(one('app_free'))).toEqual({ code: 'application-not-found' });
  });

  it('show the accounts that have them, as far as the caller reaches', async () => {
    const accountsOf = async (caller: Caller) =>
      ids(
        await listApplicationAccounts(
          new ListApplicationAccounts({ applicationId: 'app_own', parameters: parameters() }, by(caller)),
          given.reading,
        ),
      );
    expect(await accountsOf(operator)).toEqual([acme, beta]);
    expect(await accountsOf(bert)).toEqual([beta]);
  });
});

describe('shared accounts', () => {
  const shared = async (caller: Caller, filters = {}) =>
    listSharedAccounts(new ListSharedAccounts({ parameters: parameters(filters) }, by(caller, early)), given.reading);
  const shownTo = async (caller: Caller, filters = {}) =>
    (await shared(caller, filters)).items.map(({ userId, applications }) => [userId, ...ids({ items: applications })]);

  it('are the people who reach an application of the account, in any account, and of one that the caller owns', async () => {
    const reachingOwn = [
      ['usr_ann', 'app_own'],
      ['usr_bert', 'app_own'],
      ['usr_ida', 'app_own'],
    ];
    expect(await shownTo(olga)).toEqual(reachingOwn);
    expect(await shownTo(ann)).toEqual(reachingOwn);
    expect(await shownTo(accountKey(acme, 'members:view@account'))).toEqual(reachingOwn);
    expect(await shownTo(bert)).toEqual([]);
  });

  it('are everybody for operators, once each with all applications', async () => {
    expect(await shownTo(operator, { search: 'lee' })).toEqual([['usr_ann', 'app_billing', 'app_own']]);
    const [row] = (await shared(operator, { search: 'lee' })).items;
    expect(row).toMatchObject({ role: 'viewer', roleTitle: 'Viewer', status: 'active' });
    expect(row?.applications[1]).toMatchObject({ role: 'viewer', by: { name: 'Olga Owner' } });
  });

  it('name the applications of a row in one order, whichever way the rows are sorted', async () => {
    const asked = parameters({ search: 'lee' }, { sort: '-name' });
    const { items } = await listSharedAccounts(
      new ListSharedAccounts({ parameters: asked }, by(operator, early)),
      given.reading,
    );
    expect(items[0]?.applications.map(({ name }) => name)).toEqual(['Billing', 'Own Tool']);
  });

  it('refuse accounts out of reach, and whoever has no right to any', async () => {
    expect(await refusalOf(shared(olga, { accountId: beta }))).toEqual({ code: 'account-not-found' });
    expect(await shownTo(olga, { accountId: acme })).toHaveLength(2);
    expect((await refusalOf(shared(person('usr_nobody')))).code).toBe('not-allowed');
  });
});

describe('invitations', () => {
  const invitations = async (filters = {}, caller: Caller = olga) =>
    listInvitations(
      new ListInvitations({ accountId: acme, parameters: parameters(filters) }, by(caller, early)),
      given.reading,
    );

  it('are newest first, and expired by the clock before any fact', async () => {
    const { items } = await invitations();
    expect(items.map(({ userId, status }) => [userId, status])).toEqual([
      ['usr_eve', 'expired'],
      ['usr_ida', 'pending'],
    ]);
    expect(ids(await invitations({ status: 'pending' }))).toEqual(['inv_usr_ida']);
    expect(ids(await invitations({ status: 'expired,accepted' }))).toEqual(['inv_usr_eve']);
    expect(ids(await invitations({ status: 'expired,pending' }))).toHaveLength(2);
  });

  it('are found by application, inviter and name', async () => {
    expect(ids(await invitations({ applicationId: 'app_own,app_free' }))).toEqual(['inv_usr_ida']);
    expect(ids(await invitations({ invitedBy: 'usr_olga', search: 'eve' }))).toEqual(['inv_usr_eve']);
    expect(ids(await invitations({ invitedBy: 'usr_ann' }))).toEqual([]);
  });

  it('are single in their own account only', async () => {
    const one = (accountId: string, caller: Caller) =>
      getInvitation(new GetInvitation({ accountId, invitationId: 'inv_usr_ida', at: {} }, by(caller)), given.reading);
    expect((await one(acme, olga)).answer.firstName).toBe('Ida');
    expect(await refusalOf(one(beta, operator))).toEqual({ code: 'invitation-not-found' });
    expect((await refusalOf(one(acme, applicationKey('app_own', 'members:view@account')))).code).toBe('not-allowed');
  });
});

describe('the audit log', () => {
  const log = (caller: Caller, filters = {}, rest = {}) =>
    listAuditLog(new ListAuditLog({ parameters: parameters(filters, rest) }, by(caller)), given.reading);

  it('tells each decision with names, reason and a sentence', async () => {
    const { items } = await log(olga, { type: 'RoleChanged' });
    expect(items).toEqual([
      expect.objectContaining({
        type: 'RoleChanged',
        accountId: acme,
        actor: { kind: 'user', id: 'usr_olga', name: 'Olga Owner' },
        subject: { kind: 'user', id: 'usr_ann', name: 'Ann Lee' },
        changes: [{ field: 'role', from: 'staff', to: 'viewer' }],
        reason: 'moved to audit',
        ticket: 'T-1',
        text: "Olga Owner changed Ann Lee's role from Staff to Viewer",
      }),
    ]);
  });

  it('is newest first, by position the other way round, and narrowed by time', async () => {
    const newest = (await log(operator, {}, { limit: 1 })).items[0];
    expect(newest?.type).toBe('RoleChanged');
    expect((await log(operator, {}, { limit: 1, sort: 'position' })).items[0]?.type).toBe('RoleDefined');
    const [since, until] = [newest?.at ?? '', new Date(Date.parse(newest?.at ?? '') + 1).toISOString()];
    expect((await log(operator, { since })).items).toHaveLength(1);
    expect((await log(operator, { since, until })).items).toHaveLength(1);
    expect((await log(operator, { until: since, type: 'RoleChanged' })).items).toHaveLength(0);
    expect((await log(operator, { since: at(200_000) })).items).toHaveLength(0);
  });

  it('is of their account for owners, of themselves for members, and of everything for the platform', async () => {
    const accountsSeen = async (caller: Caller, filters = {}) =>
      new Set((await log(caller, filters, { limit: 200 })).items.map(({ accountId }) => accountId));
    expect(await accountsSeen(operator)).toEqual(new Set([acme, beta, null]));
    expect(await accountsSeen(accountKey(beta, 'audit-log:view@account'))).toEqual(new Set([beta]));
    const { items } = await log(ann, {}, { limit: 200 });
    expect(items.every(({ actor, subject }) => actor.id === 'usr_ann' || subject?.id === 'usr_ann')).toBe(true);
    expect(items.map(({ type }) => type)).toContain('UserRegistered');
    expect((await log(ann, { accountId: acme, type: 'UserInvited' })).items).toEqual([]);
    expect(await refusalOf(log(olga, { accountId: beta }))).toEqual({ code: 'account-not-found' });
  });

  it("is everybody's own for whatever they may see", async () => {
    const mine = new ListMyAuditLog({ parameters: parameters({ type: 'AccessGranted' }) }, by(ann));
    expect((await listMyAuditLog(mine, given.reading)).items).toHaveLength(2);
  });

  it('finds an application also where an event names several, and forgets the reasons about the erased', async () => {
    const types = (await log(olga, { applicationId: 'app_own' })).items.map(({ type }) => type);
    expect(types).toContain('UserInvited');
    await given.record(
      [fact('InvitationRevoked', { accountId: acme, invitationId: 'inv_usr_eve', userId: 'usr_eve' })],
      {
        reason: 'wrong Eve',
      },
    );
    await given.erase('usr_eve');
    const [revoked] = (await log(olga, { type: 'InvitationRevoked' })).items;
    expect(revoked?.reason).toBe('[erased]');
  });
});

describe('roles, permissions and keys', () => {
  it('lists roles by title, a single one, and the matrix', async () => {
    const roles = await listRoles(new ListRoles({ parameters: parameters({}, { limit: 3 }) }, by(ann)), given.reading);
    expect(ids(roles)).toEqual(['admin', 'auditor', 'contact-contributor']);
    const role = await getRole(new GetRole({ roleId: 'staff', at: {} }, by(ann)), given.reading);
    expect(role.answer).toMatchObject({ id: 'staff', title: 'Staff', builtIn: true });
    expect(await refusalOf(getRole(new GetRole({ roleId: 'none', at: {} }, by(ann)), given.reading))).toEqual({
      code: 'role-not-found',
    });
    const matrix = await getRoleMatrix(new GetRoleMatrix({ accountId: undefined, at: {} }, by(ann)), given.reading);
    const row = matrix.answer.rows.find(({ permission }) => permission === 'members:view');
    expect(row?.scopes).toMatchObject({ owner: ['account'], 'team-admin': ['team'] });
  });

  it('pages through all permissions', async () => {
    const page = (cursor?: string) =>
      listPermissions(
        new ListPermissions({ parameters: parameters({}, { limit: 40, cursor }) }, by(ann)),
        given.reading,
      );
    const first = await page();
    const second = await page(first.nextCursor ?? '');
    const names = [...first.items, ...second.items].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual([...names].sort());
    expect(names).toContain('access:check');
  });

  it('shows keys to whoever manages them, expired by the clock', async () => {
    const keys = (caller: Caller, filters = {}, clock = now) =>
      listApiKeys(new ListApiKeys({ parameters: parameters(filters) }, by(caller, clock)), given.reading);
    expect((await keys(olga)).items).toMatchObject([
      { id: 'key_acme', status: 'expired', issuedBy: { name: 'Olga Owner' } },
    ]);
    expect(ids(await keys(operator, { status: 'active' }))).toEqual([]);
    expect(ids(await keys(operator, { status: 'active' }, early))).toEqual(['key_acme']);
    expect(ids(await keys(bert))).toEqual([]);
    expect((await refusalOf(keys(ann))).code).toBe('not-allowed');
    const foreign = getApiKey(new GetApiKey({ keyId: 'key_acme', at: {} }, by(bert)), given.reading);
    expect(await refusalOf(foreign)).toEqual({ code: 'api-key-not-found' });
  });
});

describe('the caller and the platform', () => {
  const me = async (caller: Caller) => (await getMe(new GetMe({ at: {} }, by(caller)), given.reading)).answer;

  it('tells people and keys who they are', async () => {
    expect(await me(olga)).toMatchObject({
      kind: 'user',
      firstName: 'Olga',
      platform: null,
      key: null,
      accounts: [{ accountId: acme, name: 'Acme', status: 'active', role: 'owner', teamId: null }],
    });
    expect((await me(olga)).accounts[0]?.capabilities).toContain('members:invite@account');
    expect(await me(operator)).toMatchObject({ platform: { role: 'operator' }, accounts: [] });
    expect(await me(accountKey(acme, 'members:view@account'))).toMatchObject({
      firstName: null,
      key: { scope: { kind: 'account', accountId: acme } },
      accounts: [{ accountId: acme, role: null, capabilities: ['members:view@account'] }],
    });
  });

  it('tells the head, the default application and the position of a time', async () => {
    await given.record([fact('PlatformStarted', { logId: 'log_a' })]);
    const { answer } = await getPlatform(new GetPlatform({}, by(ann)), given.reading);
    expect(answer).toMatchObject({
      name: 'Grantrail',
      logId: 'log_a',
      defaultApplication: { id: 'app_billing', name: 'Billing' },
    });
    const position = (time: string) => getPosition(new GetPosition({ at: time }, by(ann)), given.reading);
    expect((await position(at(7))).answer.position).toBe('00000000000000000007');
    expect((await position(now)).answer.position).toBe(answer.position);
    expect((await refusalOf(position(at(200_000)))).code).toBe('as-of-in-the-future');
  });
});
