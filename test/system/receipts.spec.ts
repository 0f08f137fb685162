import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { activeApplication, assign, member, openAccount } from './given.js';
import { type Answer, Server } from './server.js';

describe('sending a command', () => {
  let server: Server;
  let accountId: string;
  let billing: string;
  let userId: string;
  let people = 0;

  beforeAll(async () => {
    server = await Server.start();
    accountId = (await openAccount(server, 'Acme')).id;
    billing = await activeApplication(server, 'Billing');
    await assign(server, accountId, billing);
  }, 30_000);
  afterAll(() => server.dispose());
  beforeEach(async () => {
    userId = await member(server, accountId, `person${(people += 1)}@acme.example`);
  });

  const changeRole = (role: string, headers: Record<string, string> = {}, query = ''): Promise<Answer> =>
    server.call('PUT', `/v1/accounts/${accountId}/members/${userId}/role${query}`, { role }, { headers });
  const invite = (email: string, key: string, query = ''): Promise<Answer> => {
    const body = { firstName: 'Ann', lastName: 'Lee', email, role: 'reader', applicationIds: [billing] };
    const headers = { 'Idempotency-Key': key };
    return server.call('POST', `/v1/accounts/${accountId}/invitations${query}`, body, { headers });
  };
  /** The envelopes of a command's events. */
  const recorded = async (answer: Answer) => {
    const ids = (answer.body.events as readonly { id: string }[]).map(({ id }) => id);
    return (await server.events()).filter(({ id }) => ids.includes(id));
  };

  it('answers a receipt with position, ETag and where the new thing is', async () => {
    const invited = await invite('new@acme.example', 'receipt');
    const { id, position, revision } = invited.body;
    expect(invited).toMatchObject({
      status: 201,
      body: {
        id: expect.stringMatching(/^inv_[a-z2-7]{26}$/),
        changed: true,
        position: expect.stringMatching(/^\d{20}$/),
        revision: expect.stringMatching(/^\d+$/),
        events: [{ id: expect.stringMatching(/^evt_/), type: 'UserInvited' }],
        remaining: 0,
      },
    });
    expect(invited.headers.get('Location')).toBe(`/v1/accounts/${accountId}/invitations/${id as string}`);
    expect(invited.headers.get('ETag')).toBe(`"${revision as string}"`);
    expect(invited.headers.get('Grantrail-Position')).toBe(position);
    expect(invited.headers.get('Cache-Control')).toBe('no-store');
    expect(invited.headers.get('X-Request-Id')).toMatch(/^req_/);
  });

  it('gives the first answer again to the same key and body, and refuses the key for anything else', async () => {
    const first = await invite('twice@acme.example', 'twice');
    const again = await invite('twice@acme.example', 'twice');
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    expect(again.headers.get('Idempotency-Replayed')).toBe('true');
    expect(again.headers.get('Location')).toBe(first.headers.get('Location'));
    expect(first.headers.has('Idempotency-Replayed')).toBe(false);
    expect(await invite('other@acme.example', 'twice')).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused' },
    });
    await server.kill('SIGKILL');
    await server.run();
    expect((await invite('twice@acme.example', 'twice')).text).toBe(first.text);
  });

  it('says that there was nothing to do', async () => {
    const before = await changeRole('viewer');
    const again = await changeRole('viewer');
    const { position, revision } = again.body;
    expect(again).toMatchObject({ status: 200, body: { changed: false, events: [] } });
    expect(BigInt(position as string)).toBeGreaterThanOrEqual(BigInt(before.body.position as string));
    expect(again.headers.get('ETag')).toBe(`"${revision as string}"`);
  });

  it('refuses with 412 and the current ETag what was decided on an older state', async () => {
    const first = await changeRole('viewer');
    const etag = first.headers.get('ETag') ?? '';
    await server.ok('PUT', `/v1/accounts/${accountId}/members/${userId}/role`, { role: 'reader' });
    const late = await changeRole('admin', { 'If-Match': etag });
    expect(late).toMatchObject({ status: 412, body: { code: 'changed-meanwhile' } });
    const current = late.headers.get('ETag') ?? '';
    expect(current).toMatch(/^"\d+"$/);
    expect(await changeRole('admin', { 'If-Match': current })).toMatchObject({ status: 200, body: { changed: true } });
    for (const ifMatch of ['*', 'W/"3"', '3', '"3", "4"'])
      expect(await changeRole('viewer', { 'If-Match': ifMatch })).toMatchObject({
        status: 400,
        body: { code: 'invalid-request', problems: [{ header: 'If-Match', code: 'format' }] },
      });
  });

  it('is not disturbed by what others have changed in the account', async () => {
    const etag = (await changeRole('viewer')).headers.get('ETag') ?? '';
    await member(server, accountId, `another${people}@acme.example`);
    expect(await changeRole('admin', { 'If-Match': etag })).toMatchObject({ status: 200 });
  });

  it('writes nothing on trial, and says what would be', async () => {
    const before = (await server.events()).length;
    const role = await changeRole('viewer', {}, '?dryRun=true');
    expect(role).toMatchObject({
      status: 200,
      body: { dryRun: true, changed: true, events: [{ type: 'RoleChanged', data: { from: 'staff', to: 'viewer' } }] },
    });
    const invited = await invite('trial@acme.example', 'trial', '?dryRun=true');
    expect(invited).toMatchObject({ status: 200, body: { dryRun: true, changed: true } });
    const removed = await server.ok('DELETE', `/v1/accounts/${accountId}/members/${userId}?dryRun=true`);
    expect(removed).toMatchObject({ dryRun: true, loses: [], losesTotal: 0 });
    const application = await server.ok('POST', '/v1/applications?dryRun=true', { name: 'Trial' });
    expect(application).toMatchObject({ dryRun: true, revision: null });
    const owner = { firstName: 'O', lastName: 'O', email: 'o@trial.example' };
    expect(await server.ok('POST', '/v1/accounts?dryRun=true', { name: 'Trial', owner })).toMatchObject({
      dryRun: true,
    });
    expect(await server.events()).toHaveLength(before);
    expect(await invite('trial@acme.example', 'trial')).toMatchObject({ status: 201, body: { changed: true } });
  });

  it('names the accesses that a trial would take', async () => {
    await server.ok('POST', `/v1/accounts/${accountId}/members/${userId}/applications`, { applicationIds: [billing] });
    expect(await server.ok('DELETE', `/v1/accounts/${accountId}/members/${userId}?dryRun=true`)).toMatchObject({
      loses: [{ userId, applicationId: billing }],
      losesTotal: 1,
    });
  });

  it('takes reason and ticket from headers or the body, and keeps the reason sealed', async () => {
    const headers = { 'Grantrail-Reason': encodeURIComponent('zur Prüfung'), 'Grantrail-Ticket': 'OPS-7' };
    const [byHeader] = await recorded(await changeRole('viewer', headers));
    expect(byHeader?.metadata['ticket']).toBe('OPS-7');
    expect(byHeader?.metadata['reason']).toEqual(expect.any(String));
    expect(JSON.stringify(byHeader)).not.toContain('Prüfung');

    const path = `/v1/accounts/${accountId}/members/${userId}/role`;
    const byBody = await server.call('PUT', path, { role: 'reader', reason: 'back again', ticket: 'OPS-8' });
    expect((await recorded(byBody))[0]?.metadata['ticket']).toBe('OPS-8');
    const body = { role: 'viewer', reason: 'one' };
    expect(await server.call('PUT', path, body, { headers: { 'Grantrail-Reason': 'another' } })).toMatchObject({
      status: 400,
      body: { code: 'reason-given-twice', problems: [{ pointer: '/reason' }] },
    });
    expect(await server.call('PUT', path, body, { headers: { 'Grantrail-Reason': 'one' } })).toMatchObject({
      status: 200,
    });
    const tooLong = await changeRole('reader', { 'Grantrail-Reason': 'x'.repeat(501) });
    expect(tooLong).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });

  it('records who decided, and what belongs together', async () => {
    const [event] = await recorded(await changeRole('viewer', { 'X-Request-Id': 'deploy-17' }));
    const me = await server.ok('GET', '/v1/me');
    expect(event?.metadata).toMatchObject({ actorKind: 'service', actorId: me.id, correlationId: 'deploy-17' });
  });
});
