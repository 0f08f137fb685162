import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accept, activeApplication, invite } from './given.js';
import { type Body, Server } from './server.js';

const ann = { firstName: 'Ann', lastName: 'Lee', email: 'ann@acme.example' };

/** One story, told in order: each part builds on those before. */
describe('from nothing to a proof of who had what, when and why', () => {
  let server: Server;
  let billing: string;
  let planner: string;
  let unassigned: string;
  let accountId: string;
  let userId: string;
  /** Of the last receipt: what is read is no older. */
  let position = '';
  let joinedAt = '';
  const told = new Map<string, string>();

  beforeAll(async () => {
    server = await Server.start();
  });
  afterAll(() => server.dispose());

  const command = async (method: string, path: string, body?: object, headers = {}): Promise<Body> => {
    const receipt = await server.ok(method, path, body, { headers });
    position = receipt.position as string;
    return receipt;
  };
  const read = (path: string, query: Record<string, string> = {}): Promise<Body> => {
    const asked = 'asOf' in query || 'from' in query ? query : { ...query, minPosition: position };
    return server.ok('GET', `${path}?${new URLSearchParams(asked).toString()}`);
  };
  const rows = async (path: string, query?: Record<string, string>): Promise<readonly Body[]> =>
    (await read(path, query)).items as readonly Body[];
  /** The three places where she is found. */
  const listsWithAnn = async (query: Record<string, string> = {}): Promise<readonly Body[]> => {
    const found = [];
    for (const path of ['/v1/users', `/v1/accounts/${accountId}/users`, '/v1/shared-accounts'])
      found.push(...(await rows(path, { search: 'ann', ...query })));
    return found;
  };
  /** Ids of a row's applications, in no order. */
  const had = (row: Body): Set<unknown> => new Set((row.applications as readonly Body[]).map(({ id }) => id));
  const check = (applicationId: string, more: object = {}): Promise<Body> =>
    server.ok('POST', '/v1/check', { accountId, userId, applicationId, ...more });

  it('begins with two applications, an account, and both assigned to it', async () => {
    billing = await activeApplication(server, 'Billing');
    planner = await activeApplication(server, 'Planner');
    unassigned = await activeApplication(server, 'Warehouse');
    const owner = { firstName: 'Olga', lastName: 'Owner', email: 'olga@acme.example' };
    accountId = (await command('POST', '/v1/accounts', { name: 'Acme', plan: 'pro', owner })).id as string;
    await accept(server, owner.email);
    await command('POST', `/v1/accounts/${accountId}/applications`, { applicationIds: [billing, planner] });
    const assigned = await rows(`/v1/accounts/${accountId}/applications`);
    expect(assigned).toMatchObject([
      { id: billing, name: 'Billing', status: 'active' },
      { id: planner, name: 'Planner', status: 'active' },
    ]);
  });

  it('invites nobody to an application that the account does not have', async () => {
    const body = { ...ann, role: 'staff', applicationIds: [billing, unassigned] };
    const refused = await server.call('POST', `/v1/accounts/${accountId}/invitations`, body);
    expect(refused).toMatchObject({
      status: 409,
      body: {
        code: 'application-not-assigned',
        problems: [{ pointer: '/applicationIds/1', code: 'application-not-assigned', id: unassigned }],
      },
    });
    expect(await rows('/v1/users', { search: 'ann' })).toEqual([]);
  });

  it('invites a person to both, who accepts with the mailed token, once', async () => {
    const { invitationId } = await invite(server, accountId, ann.email, { applicationIds: [billing, planner] });
    const token = await server.tokenFor(ann.email);
    const invitation = await server.ok('POST', '/v1/invitations/lookup', { token }, { key: null });
    expect(invitation).toMatchObject({ accountName: 'Acme', role: 'Staff', applications: ['Billing', 'Planner'] });
    expect(JSON.stringify(invitation)).not.toMatch(/_[a-z2-7]{26}|ann@/);

    const accepted = await accept(server, ann.email);
    expect(accepted).toMatchObject({
      id: invitationId,
      accountId,
      applicationIds: [billing, planner],
      lostApplicationIds: [],
    });
    [userId, position, joinedAt] = [accepted.userId, accepted.position, accepted.position] as [string, string, string];
    const again = await server.call('POST', '/v1/invitations/accept', { token }, { key: null });
    expect(again).toMatchObject({ status: 409, body: { code: 'invitation-not-pending', currentStatus: 'accepted' } });
  });

  it('shows her with both applications in every list of people', async () => {
    const found = await listsWithAnn();
    expect(found).toHaveLength(3);
    for (const row of found) {
      expect(row).toMatchObject({ ...ann, userId, accountId, role: 'staff', status: 'active' });
      expect(row.applications).toMatchObject([{ origin: 'invitation' }, { origin: 'invitation' }]);
      expect(had(row)).toEqual(new Set([billing, planner]));
    }
    expect(await rows('/v1/users', { applicationId: unassigned })).toEqual([]);
    expect(await check(billing)).toMatchObject({ allowed: true, because: { code: 'granted' } });
  });

  it('changes her role with a reason, and takes one application: denied at once', async () => {
    const reason = 'moved to audit, spätestens heute';
    await command(
      'PUT',
      `/v1/accounts/${accountId}/members/${userId}/role`,
      { role: 'viewer' },
      {
        'Grantrail-Reason': encodeURIComponent(reason),
        'Grantrail-Ticket': 'OPS-17',
      },
    );
    await command('DELETE', `/v1/accounts/${accountId}/members/${userId}/applications/${planner}`);
    expect(await check(planner)).toMatchObject({ allowed: false, because: { code: 'no-access' } });
    expect(await check(billing)).toMatchObject({ allowed: true });
    for (const row of await listsWithAnn())
      expect(row).toMatchObject({ role: 'viewer', roleTitle: 'Viewer', applications: [{ id: billing }] });

    const me = await server.ok('GET', '/v1/me');
    const [changed] = await rows('/v1/audit-log', { accountId, type: 'RoleChanged' });
    expect(changed).toMatchObject({
      actor: { kind: 'service', id: me.id },
      subject: { kind: 'user', id: userId, name: 'Ann Lee' },
      changes: [{ field: 'role', from: 'staff', to: 'viewer' }],
      reason,
      ticket: 'OPS-17',
    });
    expect(changed?.text).toContain('Ann Lee');
  });

  it('answers the same lists as they were before', async () => {
    for (const row of await listsWithAnn({ asOf: joinedAt })) {
      expect(row.role).toBe('staff');
      expect(had(row)).toEqual(new Set([billing, planner]));
    }
    const [invited] = await rows('/v1/audit-log', { accountId, subjectId: userId, type: 'UserInvited' });
    const before = invited?.position as string;
    expect(await rows('/v1/users', { search: 'ann', status: 'active', asOf: before })).toEqual([]);
    expect(await check(planner, { asOf: joinedAt })).toMatchObject({ allowed: true });
  });

  it('says what differs between two moments, and by what', async () => {
    const [line, ...others] = await rows('/v1/diff', { from: joinedAt, to: position, accountId });
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      key: { accountId, userId },
      change: 'changed',
      before: { role: 'staff' },
      after: { role: 'viewer', applications: [{ id: billing }] },
      causes: [{ type: 'RoleChanged', ticket: 'OPS-17' }, { type: 'AccessRevoked' }],
    });
    expect(had(line?.before as Body)).toEqual(new Set([billing, planner]));
    const fields = (line?.changes as readonly { field: string }[]).map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(['role', `applications/${planner}`]));
  });

  it('explains how she came to it, and how it ended', async () => {
    const { chain, now, since } = await read('/v1/explain', { accountId, userId, applicationId: planner });
    expect((chain as readonly Body[]).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['UserInvited', 'InvitationAccepted', 'AccessGranted', 'AccessRevoked']),
    );
    expect(now).toMatchObject({ allowed: false });
    const [revoked] = await rows('/v1/audit-log', { accountId, type: 'AccessRevoked' });
    expect(since).toBe(revoked?.at);
    const kept = await read('/v1/explain', { accountId, userId, applicationId: billing });
    expect(kept).toMatchObject({ now: { allowed: true }, since: expect.any(String) });
    expect((kept.gates as readonly Body[])[0]).toMatchObject({ type: 'ApplicationActivated' });
    const past = await read('/v1/explain', { accountId, userId, applicationId: planner, asOf: joinedAt });
    expect(past).toMatchObject({ now: { allowed: true } });
  });

  it('gives every one of these answers again, byte for byte, after it was killed', async () => {
    const questions = [
      ...['/v1/users', `/v1/accounts/${accountId}/users`, '/v1/shared-accounts', '/v1/audit-log', '/v1/accounts'],
      ...['/v1/applications', '/v1/invitations', '/v1/roles', '/v1/permissions', '/v1/me', '/v1/platform'],
      ...[`/v1/users?asOf=${joinedAt}`, `/v1/diff?from=${joinedAt}&to=${position}&accountId=${accountId}`],
      ...[`/v1/explain?accountId=${accountId}&userId=${userId}&applicationId=${planner}`],
      ...[`/v1/accounts/${accountId}/members/${userId}`, '/v1/events', '/v1/access-changes'],
    ];
    const answers = async (): Promise<Map<string, string>> => {
      const given = new Map<string, string>();
      for (const path of questions) {
        const { status, text } = await server.call('GET', path);
        given.set(path, `${status} ${text}`);
      }
      given.set('check', (await server.call('POST', '/v1/check', { accountId, userId, applicationId: planner })).text);
      return given;
    };
    await server.caughtUp();
    for (const [path, answer] of await answers()) told.set(path, answer);
    for (const [path, answer] of told)
      if (path !== 'check') expect([path, answer]).toEqual([path, expect.stringMatching(/^200 /)]);
    await server.kill('SIGKILL');
    await server.run();
    await server.caughtUp();
    for (const [path, answer] of await answers()) expect([path, answer]).toEqual([path, told.get(path)]);
  });
});
