import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { keys } from './testing/sample-product.js';
import { serve, type Served } from './testing/serve.js';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.app.close());

const ask = async (
  path: string,
  authorization: string | null,
  method = 'GET',
): Promise<[number, unknown, string | null]> => {
  const answer = await served.ask(path, {
    method,
    bearer: null,
    ...(authorization === null ? {} : { headers: { authorization } }),
  });
  const body = (await answer.json()) as { code?: string };
  return [answer.status, body.code, answer.headers.get('www-authenticate')];
};

describe('a route for callers', () => {
  it('lets one with valid credentials through', async () => {
    for (const scheme of ['Bearer', 'bearer'])
      expect((await ask('/v1/shelves', `${scheme} ${keys.person}`))[0]).toBe(200);
  });

  it.each([
    ['nothing', null, 'credentials-missing', 'Bearer realm="grantrail"'],
    ['an unknown key', 'Bearer nobody', 'credentials-invalid', 'Bearer realm="grantrail", error="invalid_token"'],
    ['another scheme', 'Basic YTpi', 'credentials-invalid', 'Bearer realm="grantrail", error="invalid_token"'],
    ['an empty key', 'Bearer ', 'credentials-invalid', 'Bearer realm="grantrail", error="invalid_token"'],
    [
      'an old token',
      `Bearer ${keys.expired}`,
      'token-expired',
      'Bearer realm="grantrail", error="invalid_token", error_description="expired"',
    ],
  ])('answers %s with 401', async (_, authorization, code, challenge) => {
    expect(await ask('/v1/shelves', authorization)).toEqual([401, code, challenge]);
    expect(await ask('/v1/shelves/feed', authorization)).toEqual([401, code, challenge]);
  });

  it('says 503, never 401, when nobody can tell', async () => {
    expect(await ask('/v1/shelves', `Bearer ${keys.down}`)).toEqual([503, 'unavailable', null]);
  });

  it('knows who calls', async () => {
    const answer = await served.ask('/v1/shelves/any', { method: 'PATCH', body: '{}' });
    expect(await answer.json()).toMatchObject({ caller: { kind: 'user', id: 'usr_1' } });
  });
});

describe('a public route', () => {
  it('asks for no credentials and looks at none', async () => {
    expect((await ask('/v1/shelves/lookup', null, 'POST'))[0]).toBe(200);
    expect((await ask('/v1/shelves/lookup', 'Bearer nobody', 'POST'))[0]).toBe(200);
  });

  it('looks at those that there are where it takes a caller if any', async () => {
    expect((await ask('/v1/shelves/accept', null, 'POST'))[0]).toBe(201);
    expect((await ask('/v1/shelves/accept', 'Bearer nobody', 'POST')).slice(0, 2)).toEqual([
      401,
      'credentials-invalid',
    ]);
    const answer = await served.ask('/v1/shelves/accept', { method: 'POST' });
    expect(await answer.json()).toEqual({ caller: { kind: 'user', id: 'usr_1' } });
  });
});
