import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { profile } from './tested-profile.js';
import { accept, activeApplication, assign, invite, type IssuedKey, issueKey, member, openAccount } from './given.js';
import { type Answer, Server } from './server.js';

/** What the role reader holds: nobody gives a role that holds more than their own. */
const readers = [
  'dashboard:view@own',
  'expirations:view@own',
  'contacts:view@own',
  'profile:edit@own',
  'audit-log:view@own',
];
const nobody = `acc_${'a'.repeat(26)}`;

describe('an account key', () => {
  let server: Server;
  let own: string;
  let foreign: string;
  let billing: string;
  let ann: string;
  let stranger: string;
  /** May invite readers and give access, nothing else. */
  let key: IssuedKey;

  beforeAll(async () => {
    server = await Server.start();
    [own, foreign] = [(await openAccount(server, 'Own')).id, (await openAccount(server, 'Foreign')).id];
    billing = await activeApplication(server, 'Billing');
    await assign(server, own, billing);
    await assign(server, foreign, billing);
    ann = await member(server, own, 'ann@own.example');
    stranger = await member(server, foreign, 'eve@foreign.example');
    key = await issueKey(server, { accountId: own }, ['members:invite', 'members:grant-access', ...readers]);
  }, 30_000);
  afterAll(() => server.dispose());

  const as = (secret: string) => ({ key: secret });
  const call = (method: string, path: string, body?: object): Promise<Answer> =>
    server.call(method, path, body, as(key.secret));

  it('does what it was given, and is named as the actor', async () => {
    const { userId } = await invite(server, own, 'bob@own.example', { role: 'reader' }, as(key.secret));
    const grant = { applicationIds: [billing] };
    const pending = await call('POST', `/v1/accounts/${own}/members/${userId}/applications`, grant);
    expect(pending).toMatchObject({ status: 409, body: { code: 'member-not-active' } });
    await accept(server, 'bob@own.example');
    const granted = await call('POST', `/v1/accounts/${own}/members/${userId}/applications`, grant);
    expect(granted).toMatchObject({ status: 200, body: { changed: true, events: [{ type: 'AccessGranted' }] } });
  });

  it('gives no role that holds more than it does', async () => {
    const guest = { firstName: 'Gus', lastName: 'Guest', email: 'gus@own.example' };
    for (const role of ['staff', 'admin', 'owner'])
      expect(await call('POST', `/v1/accounts/${own}/invitations`, { ...guest, role })).toMatchObject({
        status: 403,
        body: { code: 'role-exceeds-yours' },
      });
  });

  it('says what is needed for anything else, also for what it can name only', async () => {
    const role = `/v1/accounts/${own}/members/${ann}/role`;
    const refused: (readonly [string, string, string, object?])[] = [
      ['members:change-role@account', 'PUT', role, { role: 'viewer' }],
      ['members:remove@account', 'DELETE', `/v1/accounts/${own}/members/${ann}`],
      ['members:revoke-access@account', 'DELETE', `/v1/accounts/${own}/members/${ann}/applications/${billing}`],
      ['applications:assign@account', 'POST', `/v1/accounts/${own}/applications`, { applicationIds: [billing] }],
      ['applications:assign@account', 'DELETE', `/v1/accounts/${own}/applications/${billing}`],
      ['applications:manage@platform', 'PUT', '/v1/platform/default-application', { applicationId: billing }],
      ['api-keys:manage@account', 'POST', '/v1/api-keys', newKey(own, ['members:invite'])],
      ['accounts:open@platform', 'POST', '/v1/accounts', account('Mine')],
    ];
    for (const [needs, method, path, body] of refused)
      expect([path, await call(method, path, body)]).toMatchObject([
        path,
        { status: 403, body: { code: 'not-allowed', needs } },
      ]);
  });

  const account = (name: string) => ({ name, owner: { firstName: 'O', lastName: 'O', email: 'o@own.example' } });
  const newKey = (accountId: string, permissions: readonly string[]) => ({
    name: 'Another',
    scope: { kind: 'account', accountId },
    permissions,
  });

  it('finds nothing of another account, in the same bytes as what does not exist', async () => {
    const paths = (id: string, user: string) =>
      [
        [
          'POST',
          `/v1/accounts/${id}/invitations`,
          { firstName: 'A', lastName: 'B', email: 'a@b.example', role: 'staff' },
        ],
        ['POST', `/v1/accounts/${id}/members/${user}/applications`, { applicationIds: [billing] }],
        ['PUT', `/v1/accounts/${id}/members/${user}/role`, { role: 'viewer' }],
        ['DELETE', `/v1/accounts/${id}/members/${user}`],
        ['POST', `/v1/accounts/${id}/applications`, { applicationIds: [billing] }],
        ['POST', '/v1/api-keys', newKey(id, ['members:invite'])],
      ] as const;
    const missing = paths(nobody, `usr_${'a'.repeat(26)}`);
    for (const [index, [method, path, body]] of paths(foreign, stranger).entries()) {
      const [, missingPath, missingBody] = missing[index]!;
      const [here, nowhere] = [await call(method, path, body), await call(method, missingPath, missingBody)];
      expect([path, here.status, here.text]).toEqual([path, 404, nowhere.text]);
    }
  });

  it('gives no more than its issuer holds', async () => {
    const admin = await issueKey(server, { accountId: own }, ['api-keys:manage', 'members:invite']);
    const issue = (permissions: readonly string[], scope: object = { kind: 'account', accountId: own }) =>
      server.call('POST', '/v1/api-keys', { name: 'More', scope, permissions }, as(admin.secret));
    expect(await issue(['members:invite'])).toMatchObject({ status: 201 });
    expect(await issue(['members:remove'])).toMatchObject({ status: 403, body: { code: 'scope-exceeds-yours' } });
    expect(await issue(['members:invite@platform'])).toMatchObject({
      status: 403,
      body: { code: 'scope-exceeds-yours' },
    });
    expect(await issue(['members:invite'], { kind: 'platform' })).toMatchObject({
      status: 403,
      body: { code: 'scope-exceeds-yours' },
    });
    expect(await issue(['members:fire'])).toMatchObject({ status: 400, body: { code: 'permission-unknown' } });
  });

  it('stops at once when it is revoked, and when its time has come', async () => {
    const revoked = await issueKey(server, { accountId: own }, ['members:invite', ...readers]);
    const me = (secret: string) =>
      server.call('POST', `/v1/accounts/${own}/invitations?dryRun=true`, guest, as(secret));
    expect(await me(revoked.secret)).toMatchObject({ status: 200 });
    await server.ok('POST', `/v1/api-keys/${revoked.id}/revoke`, {});
    // Where there are other processes, one of them may have asked for the key just before: it stops there within a second.
    const stops = Date.now() + (profile === 'embedded' ? 0 : 1_000);
    let answer = await me(revoked.secret);
    while (answer.status !== 401 && Date.now() < stops) answer = await me(revoked.secret);
    expect(answer).toMatchObject({ status: 401, body: { code: 'credentials-invalid' } });

    const expiresAt = new Date(Date.now() + 400).toISOString();
    const expiring = await issueKey(server, { accountId: own }, ['members:invite'], { expiresAt });
    while (new Date().toISOString() <= expiresAt) await wait(20);
    const late = await me(expiring.secret);
    expect(late).toMatchObject({ status: 401, body: { code: 'token-expired' } });
    expect(late.headers.get('WWW-Authenticate')).toContain('Bearer');
  });

  const guest = { firstName: 'Gus', lastName: 'Guest', email: 'gus@own.example', role: 'reader' };

  it('is refused once its account key is made up', async () => {
    for (const secret of [`grk_${'x'.repeat(43)}`, 'grk_', 'nonsense', `${key.secret}x`, key.secret.slice(0, -1)])
      expect(await server.call('DELETE', `/v1/accounts/${own}/members/${ann}`, undefined, as(secret))).toMatchObject({
        status: 401,
        body: { code: 'credentials-invalid' },
      });
    expect(await server.call('DELETE', `/v1/accounts/${own}/members/${ann}`, undefined, { key: null })).toMatchObject({
      status: 401,
      body: { code: 'credentials-missing' },
    });
  });

  it('never leaves the platform without a key that runs it', async () => {
    const mine = (await server.ok('GET', '/v1/me')).id as string;
    const last = await server.call('POST', `/v1/api-keys/${mine}/revoke`, {});
    expect(last).toMatchObject({ status: 409, body: { code: 'last-operator' } });
  });
});
