import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { whereCluster } from '../servers/where-cluster.js';
import { type Cluster, startCluster } from '../faults/distributed/cluster.js';
import { activeApplication, assign, issueKey, member, openAccount } from '../system/given.js';
import type { Answer } from '../system/server.js';

const recoveryMs = 30_000;

whereCluster('an engine that goes away', () => {
  let cluster: Cluster;
  let accountId: string;
  let applicationId: string;
  let userId: string;
  let serviceKey: string;

  beforeAll(async () => {
    cluster = await startCluster();
    const { server } = cluster;
    ({ id: accountId } = await openAccount(server, 'Acme'));
    applicationId = await activeApplication(server, 'Billing');
    await assign(server, accountId, applicationId);
    userId = await member(server, accountId, 'ann@acme.example', { applicationIds: [applicationId] });
    const permissions = ['members:view', 'members:invite', 'access:check'];
    serviceKey = (await issueKey(server, { accountId }, permissions)).secret;
  }, 120_000);
  afterAll(() => cluster.dispose());

  let invited = 0;
  const invite = (): Promise<Answer> => {
    const person = { firstName: 'Bo', lastName: 'Ek', email: `bo${(invited += 1)}@acme.example`, role: 'reader' };
    return cluster.server.call('POST', `/v1/accounts/${accountId}/invitations`, person);
  };
  const check = (): Promise<Answer> => cluster.server.call('POST', '/v1/check', { accountId, userId, applicationId });
  const list = (key?: string): Promise<Answer> =>
    cluster.server.call('GET', `/v1/accounts/${accountId}/users`, undefined, key === undefined ? {} : { key });
  const eventually = async <Result>(
    ask: () => Promise<Result>,
    holds: (result: Result) => boolean,
  ): Promise<Result> => {
    const deadline = Date.now() + recoveryMs;
    for (;;) {
      const result = await ask();
      if (holds(result)) return result;
      if (Date.now() > deadline) throw new Error(`not within ${recoveryMs} ms: ${JSON.stringify(result)}`);
      await wait(100);
    }
  };
  const worksAgain = async (): Promise<void> => {
    await eventually(invite, ({ status }) => status === 201);
    await eventually(check, ({ status, body }) => status === 200 && body.allowed === true);
    await eventually(list, ({ status, headers }) => status === 200 && !headers.has('Grantrail-Stale-Since'));
  };

  it('EventStoreDB: commands and checks say so, lists go on and tell since when they are stale, all comes back by itself', async () => {
    // Each API has been asked by each key, as it has in daily life.
    for (let times = 0; times < 2; times += 1) await Promise.all([check(), list(), list(serviceKey)]);
    await cluster.engines.eventstoredb.kill();
    const refused = await eventually(invite, ({ status }) => status === 503);
    expect(refused.headers.get('Retry-After')).toMatch(/^\d+$/);
    expect(refused.body.code).toMatch(/^(unavailable|cannot-confirm|busy)$/);
    for (let times = 0; times < 4; times += 1) {
      expect(await check()).toMatchObject({ status: 503, body: { code: 'cannot-confirm' } });
      expect(await list()).toMatchObject({ status: 200, body: { items: expect.any(Array) } });
      expect(await list(serviceKey)).toMatchObject({ status: 200 });
    }
    const stale = await eventually(list, ({ headers }) => headers.has('Grantrail-Stale-Since'));
    expect(Date.parse(stale.headers.get('Grantrail-Stale-Since') ?? '')).toBeLessThan(Date.now() - 4_000);
    expect(stale).toMatchObject({ status: 200, body: { items: [{}, {}] } });
    const health = await cluster.server.call('GET', '/health/ready', undefined, { key: null });
    expect(health).toMatchObject({ status: 200, body: { checks: { log: { ok: false }, views: { ok: true } } } });
    await cluster.engines.eventstoredb.start();
    await worksAgain();
  }, 120_000);

  it('MongoDB: everything that needs it says so, checks of what is known go on, all comes back by itself', async () => {
    await check();
    await cluster.engines.mongodb.kill();
    const unread = await eventually(list, ({ status }) => status === 503);
    expect(unread.headers.get('Retry-After')).toMatch(/^\d+$/);
    expect((await check()).status).toBe(200);
    await eventually(
      () => cluster.server.call('GET', '/health/ready', undefined, { key: null }),
      ({ status }) => status === 503,
    );
    await cluster.engines.mongodb.start();
    await worksAgain();
  }, 120_000);

  it('Redis: commands, checks and lists go on, and the mails come later', async () => {
    await cluster.engines.redis.kill();
    const { status, body } = await invite();
    expect([status, body.code]).toEqual([201, undefined]);
    expect(await check()).toMatchObject({ status: 200, body: { allowed: true } });
    expect(await list()).toMatchObject({ status: 200 });
    const address = `bo${invited}@acme.example`;
    await cluster.engines.redis.start();
    await eventually(
      () => cluster.server.mails(),
      (mails) => mails.some(({ to }) => to === address),
    );
  }, 120_000);

  it('a worker: what it had kept up moves on within 10 s', async () => {
    const [one, two] = cluster.server.processes.filter(({ env }) => env['GRANTRAIL_PARTS'] === 'worker');
    await two!.kill();
    await eventually(list, ({ headers }) => !headers.has('Grantrail-Stale-Since'));
    await two!.run(cluster.server.env);
    // The first has everything now; its death leaves all of it to the second.
    await one!.kill();
    const died = Date.now();
    const { position } = (await invite()).body as { position: string };
    await eventually(
      () => cluster.server.call('GET', `/v1/accounts/${accountId}/users?minPosition=${position}`),
      ({ status }) => status === 200,
    );
    expect(Date.now() - died).toBeLessThan(10_000);
    await one!.run(cluster.server.env);
  }, 120_000);
});
