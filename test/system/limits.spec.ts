import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { issueKey, openAccount } from './given.js';
import { Server } from './server.js';

describe('the limit of invitations', () => {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start({ GRANTRAIL_RATE_INVITATIONS: '2/h' });
  });
  afterAll(() => server.dispose());

  it('counts for an account what its own people send, and nothing that strangers try', async () => {
    const [own, other] = [await openAccount(server, 'Own'), await openAccount(server, 'Other')];
    const stranger = await issueKey(server, { accountId: other.id }, ['members:invite']);
    const invite = (email: string, key = server.operatorKey) =>
      server.call(
        'POST',
        `/v1/accounts/${own.id}/invitations`,
        { firstName: 'Ann', lastName: 'Lee', email, role: 'reader' },
        { key },
      );
    for (let tries = 0; tries < 5; tries += 1)
      expect((await invite('eve@own.example', stranger.secret)).status).toBe(404);
    // Each process that answers counts for itself, and they are asked in turns.
    for (let invited = 0; invited < 2 * server.apis.length; invited += 1)
      expect((await invite(`ann${invited}@own.example`)).status).toBe(201);
    const third = await invite('cat@own.example');
    expect([third.status, third.body['code']]).toEqual([429, 'rate-limited']);
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
  }, 20_000);
});
