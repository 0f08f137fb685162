import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger, scrub } from './logging.js';
import { keys, secret } from './testing/sample-product.js';
import { json, serve, type Served } from './testing/serve.js';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.app.close());

/** The line of a request, once it is there. */
const lineOf = async (requestId: string): Promise<Record<string, unknown>> => {
  for (;;) {
    const lines = served.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const found = lines.find((line) => line['requestId'] === requestId && line['msg'] === 'request');
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
};

describe('the log', () => {
  it('has one line for a request, by its route', async () => {
    await served.ask('/v1/shelves/any', json({}, { method: 'PATCH', headers: { 'X-Request-Id': 'ours-1' } }));
    expect(await lineOf('ours-1')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      method: 'PATCH',
      route: '/v1/shelves/:shelfId',
      status: 200,
      durationMs: expect.any(Number),
      requestId: 'ours-1',
      correlationId: 'ours-1',
      callerKind: 'user',
      callerId: 'usr_1',
      msg: 'request',
    });
    expect(served.lines.filter((line) => line.includes('ours-1'))).toHaveLength(1);
    await served.ask('/v1/ann@example.com', { headers: { 'X-Request-Id': 'ours-2' } });
    expect(await lineOf('ours-2')).toMatchObject({ route: 'unmatched', status: 404 });
  });

  it('holds no secret, wherever one was sent', async () => {
    const { email, key, token } = secret;
    const all = encodeURIComponent(`${email} ${key} ${token}`);
    const headers = {
      'X-Request-Id': email,
      'Grantrail-Reason': all,
      'Grantrail-Ticket': 'TICKET-SECRET',
      'Idempotency-Key': key,
      'User-Agent': all,
      Cookie: `session=${token}`,
      Referer: `https://example.com/?token=${token}`,
      'X-Forwarded-For': '203.0.113.77',
    };
    const body = { name: email, owner: { name: token, email }, reason: key };
    const paths = [
      `/v1/shelves?search=${all}`,
      `/v1/shelves/${email}`,
      `/v1/${all}?token=${token}`,
      `/v1/failures/${all}`,
      '/v1/failures/bug',
    ];
    for (const path of paths) {
      await served.ask(path, { headers });
      await served.ask(path, { headers, bearer: key });
      await served.ask(path, json(body, { headers }));
      await served.ask(path, { method: 'POST', body: `{"${email}":"${token}`, headers });
    }
    await served.ask('/v1/shelves', json(body, { headers: { ...headers, 'X-Request-Id': 'the-last' } }));
    await lineOf('the-last');
    const log = served.lines.join('');
    expect(served.lines.length).toBeGreaterThan(paths.length * 4);
    for (const text of [
      email,
      'ann@',
      'ann%40',
      key,
      token,
      'TICKET-SECRET',
      '203.0.113.77',
      keys.person,
      '?token',
      'search=',
    ])
      expect(log).not.toContain(text);
  });

  it('has the stack of what nobody foresaw, without what its message quotes', async () => {
    await served.ask('/v1/failures/bug', { headers: { 'X-Request-Id': 'ours-3' } });
    await lineOf('ours-3');
    const line = served.lines
      .map((text) => JSON.parse(text) as Record<string, unknown>)
      .find((entry) => entry['requestId'] === 'ours-3');
    expect(line).toMatchObject({
      level: 'error',
      err: {
        type: 'Error',
        message: 'could not read [e-mail] with [key]',
        stack: expect.stringMatching(/^Error: could not read \[e-mail\] with \[key\]\n {4}at .*sample-product/),
        cause: { type: 'TypeError', message: '[token]' },
      },
    });
  });

  it('carries what Nest says, in the same lines', () => {
    expect(served.lines.every((line) => typeof JSON.parse(line) === 'object')).toBe(true);
    expect(served.lines.find((line) => line.includes('NestApplication'))).toContain('"context":"NestApplication"');
  });
});

describe('a log line', () => {
  it('keeps known fields only, and of those plain values only', () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', stream: { write: (line) => void lines.push(line) } });
    const fields = { view: 'members', position: 7n, email: secret.email, body: { secret }, status: { secret } };
    logger.info(fields as object, `built for ${secret.email}`);
    expect(JSON.parse(lines.join())).toEqual({
      level: 'info',
      time: expect.any(String),
      view: 'members',
      position: '7',
      msg: 'built for [e-mail]',
    });
  });

  it('is scrubbed of keys, tokens, addresses and queries', () => {
    expect(scrub(`GET /a?x=1 Bearer abc "${secret.key}" <ann@example.com>`)).toBe(
      'GET /a?[query] Bearer [token] "[key]" <[e-mail]>',
    );
    expect(scrub('eyJhbGciOi.eyJzdWIi.c2ln is a token')).toBe('[token] is a token');
  });
});
