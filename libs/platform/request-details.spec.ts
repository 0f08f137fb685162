import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { json, serve, type Served } from './testing/serve.js';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.app.close());

const path = '/v1/shelves/any';
type Body = { code?: string; problems?: unknown; details: Record<string, unknown> };
const change = async (
  headers: Record<string, string>,
  { body = {}, query = '' }: { body?: unknown; query?: string } = {},
): Promise<Body> => (await (await served.ask(path + query, json(body, { method: 'PATCH', headers }))).json()) as Body;
const open = async (headers: Record<string, string>, more: object): Promise<Body> => {
  const body = { name: 'Tall', owner: { name: 'Olga', email: 'olga@example.com' }, ...more };
  return (await (await served.ask('/v1/shelves', json(body, { headers }))).json()) as Body;
};

describe('the details of a request', () => {
  it('are what its headers say', async () => {
    const { details } = await change(
      {
        'X-Request-Id': 'ours-1',
        'Grantrail-Reason': encodeURIComponent('Für Zoë: “audit”'),
        'Grantrail-Ticket': 'T-1',
        'Idempotency-Key': 'job-1',
        'If-Match': '"57"',
      },
      { query: '?dryRun=true' },
    );
    expect(details).toEqual({
      requestId: 'ours-1',
      correlationId: 'ours-1',
      reason: 'Für Zoë: “audit”',
      ticket: 'T-1',
      idempotencyKey: 'job-1',
      ifMatch: '57',
      dryRun: true,
      requestHash: expect.stringMatching(/^[\da-f]{64}$/),
    });
  });

  it('leave out what was not said', async () => {
    const { details } = await change({});
    expect(Object.keys(details).sort()).toEqual(['correlationId', 'dryRun', 'requestHash', 'requestId']);
    expect(details['dryRun']).toBe(false);
  });

  it('correlate by the trace when no request id was sent', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const traceparent = `00-${trace}-00f067aa0ba902b7-01`;
    expect((await change({ traceparent })).details['correlationId']).toBe(trace);
    expect((await change({ traceparent, 'X-Request-Id': 'ours-1' })).details['correlationId']).toBe('ours-1');
    const broken = (await change({ traceparent: '00-xyz' })).details;
    expect(broken['correlationId']).toBe(broken['requestId']);
  });

  it('keep e-mail addresses and keys from passing for a request id', async () => {
    for (const sent of ['ann@example.com', `grk_${'k'.repeat(43)}`, 'x'.repeat(129), 'a b'])
      expect((await change({ 'X-Request-Id': sent })).details['correlationId']).toMatch(/^req_[a-z2-7]{26}$/);
  });

  it.each([
    ['If-Match', '*', 'format'],
    ['If-Match', 'W/"57"', 'format'],
    ['If-Match', '"57", "58"', 'format'],
    ['If-Match', '57', 'format'],
    ['If-Match', '', 'format'],
    ['Idempotency-Key', 'a b', 'format'],
    ['Idempotency-Key', 'x'.repeat(129), 'length'],
    ['Idempotency-Key', '', 'length'],
    ['Grantrail-Reason', '%E0%A4%A', 'format'],
    ['Grantrail-Reason', '%00', 'format'],
    ['Grantrail-Reason', 'é', 'format'],
    ['Grantrail-Reason', 'x'.repeat(501), 'length'],
    ['Grantrail-Ticket', 'x'.repeat(101), 'length'],
  ])('refuse %s: %s', async (header, value, code) => {
    expect(await change({ [header]: value })).toMatchObject({ code: 'invalid-request', problems: [{ header, code }] });
  });

  it('take a dry run as true or false', async () => {
    expect(await change({}, { query: '?dryRun=1' })).toMatchObject({
      problems: [{ parameter: 'dryRun', code: 'type' }],
    });
    expect((await change({}, { query: '?dryRun=false' })).details['dryRun']).toBe(false);
  });

  it('take reason and ticket from the body, or from both when they agree', async () => {
    expect((await open({}, { reason: ' audit ', ticket: 'T-1' })).details).toMatchObject({
      reason: 'audit',
      ticket: 'T-1',
    });
    expect((await open({ 'Grantrail-Reason': 'audit' }, { reason: 'audit' })).details).toMatchObject({
      reason: 'audit',
    });
    expect(await open({ 'Grantrail-Reason': 'audit' }, { reason: 'other' })).toMatchObject({
      code: 'reason-given-twice',
      problems: [{ pointer: '/reason' }],
    });
    expect(await change({}, { body: { reason: 'not here' } })).toMatchObject({
      problems: [{ pointer: '/reason', code: 'unknown' }],
    });
  });
});

describe('the hash of a request', () => {
  const hashOf = async (body: unknown, query = ''): Promise<unknown> =>
    (await change({}, { body, query })).details['requestHash'];

  it('is the same for the same request however its body is written', async () => {
    const [first, second] = await Promise.all(
      ['{"name":"\\u0041"}', ' { "name" : "A" } '].map(async (body) => {
        const answer = await served.ask(path, { method: 'PATCH', body });
        return ((await answer.json()) as Body).details['requestHash'];
      }),
    );
    expect(first).toBe(second);
    expect(await hashOf({ name: 'A' }, '?dryRun=true')).toBe(first);
  });

  it('differs with body, path and method', async () => {
    const one = await hashOf({ name: 'A' });
    expect(await hashOf({ name: 'B' })).not.toBe(one);
    expect(await hashOf({})).not.toBe(one);
    const other = await served.ask('/v1/shelves/other', json({ name: 'A' }, { method: 'PATCH' }));
    expect(((await other.json()) as Body).details['requestHash']).not.toBe(one);
  });
});
