import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { json } from '#platform/testing/serve.js';
import { idOf, secretOf, servedLog, type ServedLog } from '#delivery/stream/served.spec-kit.js';
import { fact } from '../../events.js';
import { activated, assigned, granted, joined, opened, registered } from '../../queries/reading.spec-kit.js';

const [acme, billing, ann] = [idOf('acc', 'a'), idOf('app', 'b'), idOf('usr', 'a')];
const [platformKey, serviceKey] = [secretOf('p'), secretOf('s')];
let served: ServedLog;
let joinedUpTo: bigint;

const ask = async (path: string, init: RequestInit & { bearer?: string } = {}) => {
  const response = await served.ask(path, { bearer: platformKey, ...init });
  const body = (await response.json()) as Record<string, unknown> & { items: Record<string, unknown>[] };
  return { status: response.status, position: response.headers.get('grantrail-position'), body };
};

beforeAll(async () => {
  served = await servedLog();
  await served.issue(platformKey, { kind: 'platform' }, '*@platform');
  await served.issue(serviceKey, { kind: 'application', applicationId: billing }, 'access:check@account');
  joinedUpTo = await served.given.record([
    fact('PlatformStarted', { logId: 'log_1' }),
    opened(acme, 'Acme'),
    registered(billing, 'Billing'),
    activated(billing),
    assigned(acme, billing),
    ...joined(acme, ann, 'Ann Lee'),
  ]);
  await served.given.record([granted(acme, ann, billing)]);
});
afterAll(() => served.close());

describe('questions about history over HTTP', () => {
  it('checks, alone and in batches', async () => {
    const question = { accountId: acme, userId: ann, applicationId: billing };
    const now = await ask('/v1/check', json(question, { bearer: serviceKey } as RequestInit));
    expect(now).toMatchObject({ status: 200, body: { allowed: true, because: { code: 'granted' }, validUntil: null } });
    expect(now.position).toBe(now.body['position']);
    const then = await ask('/v1/check', json({ ...question, asOf: joinedUpTo.toString() }));
    expect(then.body).toMatchObject({ allowed: false, because: { code: 'no-access' } });
    const batch = await ask('/v1/check/batch', json({ checks: [question, { ...question, userId: idOf('usr', 'z') }] }));
    expect(batch.body['answers']).toMatchObject([{ allowed: true }, { allowed: false }]);
    const both = { ...question, asOf: '1', minPosition: '1' };
    for (const wrong of [{ ...question, permission: 'a:b@own' }, { ...question, asOf: {} }, both, { checks: [] }])
      expect(await ask('/v1/check', json(wrong))).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    const many = { checks: Array.from({ length: 101 }, () => question) };
    expect((await ask('/v1/check/batch', json(many))).status).toBe(400);
  });

  it('gives the feeds', async () => {
    const first = await ask('/v1/access-changes?limit=1&type=granted,gate-opened');
    expect(first.body).toMatchObject({
      more: true,
      items: [{ type: 'gate-opened', accountId: null, gate: 'application' }],
    });
    const next = await ask(`/v1/access-changes?type=granted&after=${String(first.body['nextAfter'])}`);
    expect(next.body).toMatchObject({ more: false, items: [{ type: 'granted', userId: ann }] });
    expect(next.position).toMatch(/^\d{20}$/);
    expect(next.position).toBe((await ask('/v1/events')).position);
    for (const feed of ['access-changes', 'events'])
      expect(await ask(`/v1/${feed}?type=revoke`)).toMatchObject({
        status: 400,
        body: { problems: [{ parameter: 'type', code: 'format' }] },
      });
    const events = await ask(`/v1/events?accountId=${acme}&open=true&type=MemberJoined`);
    expect(events.body.items).toMatchObject([{ type: 'MemberJoined', data: { email: 'ann.lee@example.com' } }]);
    const eventId = String(events.body.items[0]?.['eventId']);
    const event = await ask(`/v1/events/${eventId}?open=true`);
    expect([event.body, event.position]).toEqual([events.body.items[0], next.position]);
    expect(await ask('/v1/events/evt_none')).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect((await ask('/v1/access-changes?wait=31')).status).toBe(400);
  });

  it('does not wait on when the server closes', async () => {
    const other = await servedLog();
    await other.issue(platformKey, { kind: 'platform' }, '*@platform');
    await other.given.record([fact('PlatformStarted', { logId: 'log_1' })]);
    const start = performance.now();
    const waiting = other.ask('/v1/access-changes?wait=30', { bearer: platformKey });
    await other.ask('/v1/access-changes', { bearer: platformKey });
    await other.app.close();
    expect(await (await waiting).json()).toMatchObject({ items: [], more: false });
    expect(performance.now() - start).toBeLessThan(5_000);
    await other.close();
  });

  it('explains and compares', async () => {
    const place = `accountId=${acme}&userId=${ann}&applicationId=${billing}`;
    const explained = await ask(`/v1/explain?${place}`);
    expect(explained.body).toMatchObject({
      now: { allowed: true },
      chain: [{ type: 'MemberJoined' }, { type: 'AccessGranted' }],
    });
    expect((await ask(`/v1/explain?accountId=${acme}&userId=${ann}`)).body).toMatchObject({ code: 'invalid-request' });
    const differing = await ask(`/v1/diff?from=${joinedUpTo}&${place}&view=user-applications`);
    expect(differing.body).toMatchObject({ nextCursor: null, items: [{ change: 'changed', key: { userId: ann } }] });
    expect(differing.position).toBe(differing.body['position']);
    expect(await ask('/v1/diff')).toMatchObject({
      status: 400,
      body: { problems: [{ parameter: 'from', code: 'required' }] },
    });
  });

  it('are in the description of the interface', async () => {
    const { body } = await ask('/openapi.json');
    const operations = Object.values(body['paths'] as Record<string, Record<string, { operationId: string }>>)
      .flatMap((methods) => Object.values(methods))
      .map(({ operationId }) => operationId);
    for (const name of [
      'check',
      'checkBatch',
      'followAccessChanges',
      'streamAccessChanges',
      'followEvents',
      'getEvent',
    ])
      expect(operations).toContain(name);
    for (const name of ['explain', 'diff', 'getOperationsStatus', 'rebuildView']) expect(operations).toContain(name);
  });
});
