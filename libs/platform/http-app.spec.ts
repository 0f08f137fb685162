import { Controller, Get, Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { AUTHENTICATOR, type Authenticator } from './authentication.js';
import { HEALTH_CHECKS, type HealthChecks } from './health.js';
import { Permission, Public } from './routes.js';
import { slow } from './testing/sample-product.js';
import { serve, type Served } from './testing/serve.js';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.app.close());

/** What came back on a connection of our own, on which anything can be said. */
const say = async (said: string): Promise<string> => {
  const socket = connect(Number(new URL(served.url).port), '127.0.0.1');
  socket.write(said);
  return text(socket);
};

const codeOf = async (answer: Response): Promise<unknown> => {
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const body = (await answer.json()) as Record<string, unknown>;
  expect(body).toMatchObject({ status: answer.status, type: `https://grantrail.dev/problems/${String(body['code'])}` });
  expect(body).not.toHaveProperty('instance');
  return body['code'];
};

describe('any answer', () => {
  it('carries the request id that was sent, or a new one, and is not stored', async () => {
    const answer = await served.ask('/v1/shelves', { headers: { 'X-Request-Id': 'ours-1' } });
    expect(answer.headers.get('x-request-id')).toBe('ours-1');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    for (const path of ['/v1/nothing', '/docs/', '/v1/%E0%A4%A']) {
      const other = await served.ask(path, { headers: { 'X-Request-Id': 'ann@example.com' } });
      expect(other.headers.get('x-request-id')).toMatch(/^req_[a-z2-7]{26}$/);
      expect(other.headers.get('cache-control')).toBe('no-store');
      await other.text();
    }
  });

  it('is 404 in the same bytes for every path and id that there is not', async () => {
    const bytes = await Promise.all(
      ['/v1/nothing', '/elsewhere?x=1', '/docs/nothing.js'].map(async (path) => {
        const answer = await served.ask(path);
        expect(answer.status).toBe(404);
        return answer.text();
      }),
    );
    expect(new Set(bytes).size).toBe(1);
    const ids = await Promise.all(
      ['foreign', 'missing'].map(async (id) => (await served.ask(`/v1/shelves/${id}`)).text()),
    );
    expect(ids[0]).toBe(ids[1]);
    expect(JSON.parse(ids[0] ?? '')).toEqual({
      type: 'https://grantrail.dev/problems/account-not-found',
      title: 'Account not found',
      status: 404,
      code: 'account-not-found',
      detail: 'Check the account id; you may not belong to this account.',
    });
    expect((await served.ask(`/v1/shelves/${'x'.repeat(200)}`)).status).toBe(404);
  });

  it('is 405 with Allow for a known path with another method, whatever the body', async () => {
    const answer = await served.ask('/v1/shelves', { method: 'PUT', body: '{', headers: { 'Content-Type': 'text/x' } });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
    expect(await codeOf(answer)).toBe('method-not-allowed');
    const other = await served.ask('/v1/shelves/any', { method: 'POST' });
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'DELETE, GET, HEAD, PATCH']);
  });

  it('is 406 where the client does not take JSON', async () => {
    const status = async (accept: string): Promise<number> =>
      (await served.ask('/v1/shelves', { headers: { accept } })).status;
    expect(await status('text/html')).toBe(406);
    expect(await status('text/html, application/json;q=0')).toBe(406);
    expect(await status('*/*, application/json;q=0')).toBe(406);
    expect(await status('text/html, application/*;q=0.1')).toBe(200);
    expect(await status('*/*')).toBe(200);
    expect((await served.ask('/v1/shelves/stream', { headers: { accept: 'application/json' } })).status).toBe(406);
  });

  it('answers HEAD like GET without a body', async () => {
    const answer = await served.ask('/v1/shelves', { method: 'HEAD' });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });

  it('refuses a url beyond 8 KiB and one that can not be read', async () => {
    expect(await codeOf(await served.ask(`/v1/shelves?search=${'x'.repeat(9000)}`))).toBe('invalid-request');
    const unreadable = await served.ask('/v1/%E0%A4%A');
    expect(await unreadable.json()).toMatchObject({ problems: [{ parameter: 'url', code: 'format' }] });
  });

  it.each([
    ['is no HTTP', 'HELLO', '"parameter":"request","code":"format"'],
    [
      'has longer headers than are read',
      `GET /v1/shelves HTTP/1.1\r\nX: ${'x'.repeat(40_000)}`,
      '"parameter":"request","code":"length"',
    ],
    ['names no host', 'GET /v1/shelves HTTP/1.1\r\nConnection: close', '"header":"Host","code":"required"'],
    [
      'expects what we do not do',
      'GET /v1/shelves HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: a cake',
      '"header":"Expect","code":"format"',
    ],
  ])('is a problem that says what is wrong even for what %s', async (_, said, problem) => {
    const answer = await say(`${said}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n[^]*"code":"invalid-request"/);
    expect(answer).toContain(`"problems":[{${problem}}]`);
  });
});

describe('a connection', () => {
  it.each([
    ['OPTIONS /v1/shelves', 405],
    ['POST /v1/shelves/%ff', 400],
  ])('is broken off where %s ends otherwise than it should after it was answered', async (request, status) => {
    const head = `${request} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const socket = connect(Number(new URL(served.url).port), '127.0.0.1');
    socket.write(head);
    await once(socket, 'readable');
    socket.write('no chunk\r\n');
    const answered = await text(socket);
    expect(answered.match(/HTTP\/1.1 \d+/g)).toEqual([`HTTP/1.1 ${status}`]);
  });

  it.each([
    ['GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n', 200],
    ['OPTIONS /v1/shelves HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}', 405],
    ['POST /v1/shelves/%ff HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}', 400],
  ])('answers what is no HTTP after %j was answered whole', async (request, status) => {
    const socket = connect(Number(new URL(served.url).port), '127.0.0.1');
    socket.write(request);
    await once(socket, 'readable');
    socket.write('HELLO\r\n\r\n');
    expect((await text(socket)).match(/HTTP\/1.1 \d+/g)).toEqual([`HTTP/1.1 ${status}`, 'HTTP/1.1 400']);
  });
});

describe('a body', () => {
  const post = (body: string, type = 'application/json'): Promise<Response> =>
    served.ask('/v1/shelves', { method: 'POST', body, headers: { 'Content-Type': type } });

  it('is JSON and nothing else', async () => {
    expect(await codeOf(await post('{}', 'text/plain'))).toBe('media-type-unsupported');
    expect(await codeOf(await post('a=b', 'application/x-www-form-urlencoded'))).toBe('media-type-unsupported');
    const broken = await post('{"name":"Tall","name":"Short"}');
    expect(await broken.json()).toMatchObject({ code: 'invalid-json', at: 15, problems: [{ code: 'repeated-key' }] });
    expect(await codeOf(await post('{}', 'application/json; charset=utf-8'))).toBe('invalid-request');
  });

  it('is at most 256 KiB, announced or not', async () => {
    const large = JSON.stringify({ name: 'x'.repeat(256 * 1024) });
    const answer = await post(large);
    expect([answer.status, await codeOf(answer)]).toEqual([413, 'body-too-large']);
    const lines = [
      'POST /v1/shelves HTTP/1.1',
      'Host: x',
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
    ];
    const chunk = `${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`;
    expect(await say(`${lines.join('\r\n')}\r\n\r\n${chunk}`)).toMatch(/^HTTP\/1.1 413 /);
  });

  it('may be absent where nothing is asked for, even if JSON is announced', async () => {
    const answer = await served.ask('/v1/shelves/accept', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
    });
    expect(answer.status).toBe(201);
  });
});

describe('a resource with an ETag', () => {
  it('is 304 when the client has it', async () => {
    const path = `/v1/shelves/shelf_${'a'.repeat(26)}`;
    const answer = await served.ask(path);
    expect(answer.headers.get('etag')).toBe('"57"');
    expect(answer.headers.get('grantrail-position')).toBe('00000000000000000012');
    for (const known of ['"57"', 'W/"57"', '"1", "57"', '*']) {
      const again = await served.ask(path, { headers: { 'If-None-Match': known } });
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', '"57"']);
    }
    expect((await served.ask(path, { headers: { 'If-None-Match': '"58"' } })).status).toBe(200);
  });

  it('is 304 to a HEAD too', async () => {
    const path = `/v1/shelves/shelf_${'a'.repeat(26)}`;
    const head = { method: 'HEAD', headers: { 'If-None-Match': '"57"' } };
    const answer = await served.ask(path, head);
    expect([answer.status, await answer.text(), answer.headers.get('etag')]).toEqual([304, '', '"57"']);
    expect((await served.ask(path, { method: 'HEAD' })).status).toBe(200);
  });
});

describe('a failure', () => {
  const fail = (name: string): Promise<Response> => served.ask(`/v1/failures/${name}`);

  it('tells of a refusal what the client may know', async () => {
    expect(await (await fail('refused')).json()).toEqual({
      type: 'https://grantrail.dev/problems/not-allowed',
      title: 'Not allowed',
      status: 403,
      code: 'not-allowed',
      detail: 'Ask someone who may; `needs` is the permission that is missing.',
      needs: 'members:invite',
      problems: [{ code: 'not-allowed', pointer: '/a' }],
    });
    expect(await (await fail('closed')).json()).toMatchObject({ status: 409, currentStatus: 'revoked' });
  });

  it('carries the headers of its status', async () => {
    const stale = await fail('stale');
    expect([stale.status, stale.headers.get('etag')]).toEqual([412, '"57"']);
    expect(await stale.json()).not.toHaveProperty('revision');
    const behind = await fail('behind');
    expect([behind.status, behind.headers.get('retry-after')]).toEqual([503, '3']);
    expect(await behind.json()).toMatchObject({ position: '00000000000000000007' });
    for (const [name, code] of [
      ['busy', 'busy'],
      ['store', 'unavailable'],
      ['read-only', 'read-only'],
      ['unknown', 'unavailable'],
      ['newer', 'unavailable'],
    ] as const) {
      const answer = await fail(name);
      expect([answer.status, answer.headers.get('retry-after'), await codeOf(answer)]).toEqual([503, '1', code]);
    }
  });

  it('leaks nothing that was not foreseen', async () => {
    for (const name of ['bug', 'nocode']) {
      const answer = await fail(name);
      expect(answer.status).toBe(500);
      expect(Object.keys((await answer.json()) as object)).toEqual(['type', 'title', 'status', 'code', 'detail']);
    }
  });
});

describe('health and metrics', () => {
  it('is live always, and ready once every check passes', async () => {
    expect((await served.ask('/health/live', { bearer: null })).status).toBe(200);
    expect((await served.ask('/health/ready', { bearer: null })).status).toBe(200);
    let ok = false;
    const checks = served.app.get<HealthChecks>(HEALTH_CHECKS);
    checks.register('views', () =>
      ok ? Promise.resolve({ ok, detail: 'caught up' }) : Promise.reject(new Error('members is behind')),
    );
    const answer = await served.ask('/health/ready', { bearer: null });
    expect([answer.status, await answer.json()]).toEqual([
      503,
      { ready: false, checks: { views: { ok: false, detail: 'members is behind' } } },
    ]);
    ok = true;
    expect((await served.ask('/health/ready', { bearer: null })).status).toBe(200);
  });

  it('counts requests by route, never by url', async () => {
    await served.ask('/v1/shelves/ann@example.com');
    const answer = await served.ask('/metrics', { bearer: null });
    const metrics = await answer.text();
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(metrics).toMatch(/http_requests_total\{method="GET",route="\/v1\/shelves\/:shelfId",status="404"\} \d/);
    expect(metrics).toMatch(/http_request_duration_seconds_bucket/);
    expect(metrics).toMatch(/process_cpu_seconds_total/);
    expect(metrics).not.toMatch(/ann@/);
  });
});

describe('closing', () => {
  it('answers what is under way, ends the connections kept alive, and then is gone', async () => {
    const own = await serve();
    const idle = connect(Number(new URL(own.url).port), '127.0.0.1');
    idle.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    const idleSaid = text(idle);
    const busy = own.ask('/v1/slow');
    await slow.started.promise;
    const closed = own.app.close();
    const answer = await busy;
    expect([answer.status, answer.headers.get('connection'), await answer.json()]).toEqual([
      200,
      'close',
      { done: true },
    ]);
    await closed;
    expect(await idleSaid).toMatch(/^HTTP\/1.1 200 /);
    await expect(own.ask('/health/live')).rejects.toThrow();
  });

  it('waits no longer than it was told', async () => {
    const own = await serve({ closeWithinMs: 10 });
    slow.started = Promise.withResolvers();
    slow.delayMs = 60_000;
    const broken = own.ask('/v1/slow').then(
      () => 'answered',
      () => 'broken off',
    );
    await slow.started.promise;
    await own.app.close();
    expect(await broken).toBe('broken off');
  });
});

describe('a route that does not say who may call it', () => {
  @Controller('v1/forgotten')
  class Forgotten {
    @Get()
    one(): object {
      return {};
    }
    @Get('known')
    @Public()
    two(): object {
      return {};
    }
  }
  @Controller('v1/known')
  class Known {
    @Get()
    @Permission('known:view')
    one(): object {
      return {};
    }
  }
  const authenticator: Authenticator = { authenticate: () => Promise.resolve({ kind: 'user', id: 'usr_1' }) };
  @Module({ controllers: [Known], providers: [{ provide: AUTHENTICATOR, useValue: authenticator }] })
  class ModestProduct {}
  @Module({ controllers: [Forgotten], providers: [{ provide: AUTHENTICATOR, useValue: {} }] })
  class ForgetfulProduct {}

  it('keeps the server from starting', async () => {
    await expect(serve({}, ForgetfulProduct)).rejects.toThrow(/^say who may call Forgotten\.one: @Permission/);
  });

  it('is all that is wanted', async () => {
    const own = await serve({}, ModestProduct);
    expect((await own.ask('/v1/known')).status).toBe(200);
    await own.app.close();
  });
});
