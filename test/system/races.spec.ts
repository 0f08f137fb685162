import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Server } from './server.js';

describe('races over HTTP', () => {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start();
  });
  afterAll(() => server.dispose());

  const openAccount = async (name: string): Promise<{ id: string; ownerId: string }> => {
    const owner = { firstName: 'Olga', lastName: 'Owner', email: `olga@${name}.example` };
    const account = await server.ok('POST', '/v1/accounts', { name, owner });
    const token = await server.tokenFor(owner.email);
    await server.ok('POST', '/v1/invitations/accept', { token }, { key: null });
    return { id: account.id as string, ownerId: account.ownerId as string };
  };

  it('lets one of 50 parallel accepts of an invitation succeed, 200 times', async () => {
    const account = await openAccount('accepts');
    for (let round = 0; round < 200; round += 1) {
      const email = `guest${round}@example.com`;
      const invited = { firstName: 'Gus', lastName: `No ${round}`, email, role: 'reader' };
      await server.ok('POST', `/v1/accounts/${account.id}/invitations`, invited);
      const token = await server.tokenFor(email);
      const accepts = await Promise.all(
        Array.from({ length: 50 }, () => server.call('POST', '/v1/invitations/accept', { token }, { key: null })),
      );
      const statuses = accepts.map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      const refused = accepts.filter(({ status }) => status !== 200).map(({ body }) => body.code as string);
      expect(new Set(refused)).toEqual(new Set(['invitation-not-pending']));
    }
  }, 300_000);

  it('leaves an owner when two demote themselves at once, 200 times', async () => {
    const { id, ownerId } = await openAccount('owners');
    const invited = { firstName: 'Otto', lastName: 'Owner', email: 'otto@owners.example', role: 'owner' };
    const { userId } = await server.ok('POST', `/v1/accounts/${id}/invitations`, invited);
    await server.ok('POST', '/v1/invitations/accept', { token: await server.tokenFor(invited.email) }, { key: null });
    const owners = [ownerId, userId as string];
    const roleOf = (user: string) => `/v1/accounts/${id}/members/${user}/role`;
    for (let round = 0; round < 200; round += 1) {
      const demoted = await Promise.all(owners.map((user) => server.call('PUT', roleOf(user), { role: 'admin' })));
      expect(demoted.map(({ status }) => status).sort()).toEqual([200, 409]);
      expect(demoted.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'last-owner' });
      await Promise.all(owners.map((user) => server.ok('PUT', roleOf(user), { role: 'owner' })));
    }
  }, 120_000);

  it('makes one user of one e-mail, whoever invites first', async () => {
    const accounts = await Promise.all(['one', 'two', 'three', 'four'].map(openAccount));
    const invited = { firstName: 'Ann', lastName: 'Lee', email: 'ann@everywhere.example', role: 'staff' };
    const receipts = await Promise.all(
      accounts.map(({ id }) => server.ok('POST', `/v1/accounts/${id}/invitations`, invited)),
    );
    expect(new Set(receipts.map(({ userId }) => userId as string)).size).toBe(1);
  }, 60_000);
});
