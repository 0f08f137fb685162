import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { activeApplication, assign, member, openAccount } from './given.js';
import { Server } from './server.js';

describe('the end of an access', () => {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start();
  });
  afterAll(() => server.dispose());

  it('denies at the end, becomes a fact by the timer, and is told by the feed, also across a restart', async () => {
    const { id: accountId } = await openAccount(server, 'Ending');
    const applicationId = await activeApplication(server, 'Ending app');
    await assign(server, accountId, applicationId);
    const userId = await member(server, accountId, 'ann@ending.example');
    const expiresAt = new Date(Date.now() + 2_500).toISOString();
    const granted = { applicationIds: [applicationId], expiresAt };
    await server.ok('POST', `/v1/accounts/${accountId}/members/${userId}/applications`, granted);
    const ask = () => server.ok('POST', '/v1/check', { accountId, userId, applicationId });
    expect(await ask()).toMatchObject({ allowed: true, validUntil: expiresAt });

    await server.kill('SIGKILL');
    await server.run();
    const changes = `/v1/access-changes?userId=${userId}&type=expired`;
    const waited = await server.ok('GET', `${changes}&wait=30`);
    expect(waited['items']).toMatchObject([{ type: 'expired', applicationId, actor: { kind: 'system' } }]);
    expect(await ask()).toMatchObject({ allowed: false, because: { code: 'access-expired' } });
    const [{ position }] = waited['items'] as [{ position: string }];
    const log = `/v1/audit-log?subjectId=${userId}&type=AccessExpired&count=true&minPosition=${position}`;
    const line = await server.ok('GET', log);
    expect(line).toMatchObject({ count: 1, items: [{ actor: { kind: 'system', name: 'Grantrail' } }] });
    expect((line['items'] as { at: string }[])[0]!.at >= expiresAt).toBe(true);
  }, 60_000);
});
