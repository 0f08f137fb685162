import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { json, serve, type Served } from './testing/serve.js';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.app.close());

const app = (last: string): string => `app_${'a'.repeat(25)}${last}`;
const shelf = { name: 'Tall', owner: { name: 'Olga', email: 'olga@example.com' } };

/** What is wrong with a body: pointers and codes. */
const faultsOf = async (body: unknown): Promise<unknown[]> => {
  const answer = await served.ask('/v1/shelves', json(body));
  if (answer.status === 201) return [];
  const problem = (await answer.json()) as { code: string; problems: { pointer: string; code: string }[] };
  expect([answer.status, problem.code]).toEqual([400, 'invalid-request']);
  return problem.problems.map(({ pointer, code }) => `${pointer} ${code}`).sort();
};

describe('a body', () => {
  it('reaches the handler when it is as its class says', async () => {
    const sent = {
      ...shelf,
      name: '  Tall 書架 😀 ',
      size: 'small',
      applicationIds: [app('a'), app('b')],
      grants: [
        { userId: `usr_${'2'.repeat(26)}`, expiresAt: '2030-01-01T01:00:00+01:00' },
        { userId: `usr_${'3'.repeat(26)}`, expiresAt: null },
      ],
      note: null,
      homeUrl: 'https://example.com/a?b=c',
      open: false,
      reason: 'two\nlines',
      ticket: 'T-1',
    };
    const answer = await served.ask('/v1/shelves', json(sent));
    expect(answer.status).toBe(201);
    expect(((await answer.json()) as { body: unknown }).body).toEqual({
      ...sent,
      name: 'Tall 書架 😀',
      grants: [
        { userId: `usr_${'2'.repeat(26)}`, expiresAt: '2030-01-01T00:00:00.000Z' },
        { userId: `usr_${'3'.repeat(26)}`, expiresAt: null },
      ],
    });
  });

  it('lacks nothing and holds nothing unknown, at any depth', async () => {
    expect(await faultsOf({})).toEqual(['/name required', '/owner required']);
    expect(await faultsOf({ ...shelf, colour: 1, owner: { ...shelf.owner, 'a/b~': 1 } })).toEqual([
      '/colour unknown',
      '/owner/a~1b~0 unknown',
    ]);
    expect(await faultsOf({ ...shelf, constructor: 'x', toString: 1 })).toEqual([
      '/constructor unknown',
      '/toString unknown',
    ]);
  });

  it.each<[string, unknown]>([
    ['a list', []],
    ['a list of objects', [shelf]],
    ['text', 'Tall'],
    ['a number', 1],
    ['null', null],
  ])('is not %s', async (_, body) => {
    expect(await faultsOf(body)).toEqual([' type']);
  });

  it('is empty where the route takes none', async () => {
    const status = async (body: unknown): Promise<number> =>
      (await served.ask('/v1/shelves/accept', json(body))).status;
    expect([await status({}), await status({ x: 1 }), await status(1)]).toEqual([201, 400, 400]);
  });

  it.each<[string, object, string]>([
    ['null where it can not be', { name: null }, '/name type'],
    ['a number for text', { name: 7 }, '/name type'],
    ['a name of nothing but space', { name: '  ' }, '/name length'],
    ['a name too long', { name: 'x'.repeat(101) }, '/name length'],
    ['a control character', { name: 'a\u0007b' }, '/name format'],
    ['a NUL', { name: 'a\u0000' }, '/name format'],
    ['a line break in a name', { name: 'a\nb' }, '/name format'],
    ['an unknown choice', { size: 'huge' }, '/size format'],
    ['text for an object', { owner: 'Olga' }, '/owner type'],
    ['a list for an object', { owner: [] }, '/owner type'],
    ['null for an object', { owner: null }, '/owner type'],
    ['no e-mail', { owner: { name: 'Olga', email: 'olga@' } }, '/owner/email format'],
    ['text for a flag', { open: 'true' }, '/open type'],
    ['another pattern', { note: 'ABC' }, '/note format'],
    ['no web address', { homeUrl: 'javascript:alert(1)' }, '/homeUrl format'],
    ['an id of another kind', { applicationIds: [app('a'), `acc_${'a'.repeat(26)}`] }, '/applicationIds/1 format'],
    ['null in a list', { applicationIds: [null] }, '/applicationIds/0 type'],
    ['a list too long', { applicationIds: ['a', 'b', 'c', 'd'].map(app) }, '/applicationIds length'],
    ['text for a list', { applicationIds: app('a') }, '/applicationIds type'],
    ['an object for a list', { applicationIds: { 0: app('a') } }, '/applicationIds type'],
    ['null in a list of objects', { grants: [null] }, '/grants/0 type'],
    ['a list in a list of objects', { grants: [[]] }, '/grants/0 type'],
    ['an empty object in a list', { grants: [{}] }, '/grants/0/userId required'],
    [
      'a day that does not exist',
      { grants: [{ userId: `usr_${'2'.repeat(26)}`, expiresAt: '2030-02-30T00:00:00Z' }] },
      '/grants/0/expiresAt format',
    ],
    [
      'a time nowhere',
      { grants: [{ userId: `usr_${'2'.repeat(26)}`, expiresAt: '2030-02-03T00:00:00' }] },
      '/grants/0/expiresAt format',
    ],
    ['a reason too long', { reason: 'x'.repeat(501) }, '/reason length'],
  ])('is not sound with %s', async (_, change, fault) => {
    expect(await faultsOf({ ...shelf, ...change })).toEqual([fault]);
  });

  it('with a thousand faults is answered with a hundred', async () => {
    const fields = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`x${index}`, 1]));
    expect(await faultsOf({ ...shelf, ...fields })).toHaveLength(100);
  });
});

describe('a query', () => {
  const ask = async (query: string): Promise<{ status: number; body: Record<string, unknown> }> => {
    const answer = await served.ask(`/v1/shelves${query}`);
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  it('has defaults, and is converted as its class says', async () => {
    expect((await ask('')).body).toEqual({ limit: 50, count: false, sort: 'name' });
    const { body } = await ask(
      '?limit=200&count=true&sort=-openedAt&status=active,closed&minPosition=00000000000000000007&search=ta&cursor=abc',
    );
    expect(body).toEqual({
      limit: 200,
      count: true,
      sort: '-openedAt',
      status: ['active', 'closed'],
      minPosition: '00000000000000000007',
      search: 'ta',
      cursor: 'abc',
    });
    expect((await ask('?asOf=7&minPosition=')).body).toMatchObject({ asOf: '7' });
    const named = `log_${'a'.repeat(26)}:00000000000000000007`;
    expect((await ask(`?asOf=${named}`)).body).toMatchObject({ asOf: named });
    expect((await ask('?asOf=2026-01-01T00:00:00Z')).body).toMatchObject({
      asOf: '2026-01-01T00:00:00Z',
    });
  });

  it.each([
    ['limit=0', 'limit', 'range'],
    ['limit=201', 'limit', 'range'],
    ['limit=1e2', 'limit', 'type'],
    ['limit=', 'limit', 'type'],
    ['count=yes', 'count', 'type'],
    ['sort=size', 'sort', 'format'],
    ['status=active,', 'status', 'format'],
    ['search=t', 'search', 'length'],
    ['minPosition=99999999999999999999', 'minPosition', 'format'],
    ['asOf=yesterday', 'asOf', 'format'],
    ['asOf=log_short:7', 'asOf', 'format'],
    [`asOf=log_${'a'.repeat(26)}:`, 'asOf', 'format'],
    [`minPosition=log_${'a'.repeat(26)}:7`, 'minPosition', 'format'],
    ['asOf=7&minPosition=7', 'minPosition', 'unknown'],
    ['search=tall&search=short', 'search', 'type'],
  ])('is refused as %s', async (query, parameter, code) => {
    const { status, body } = await ask(`?${query}`);
    expect([status, body['code'], body['problems']]).toEqual([400, 'invalid-request', [{ parameter, code }]]);
  });

  it('has no parameter that the route does not know', async () => {
    expect((await ask('?colour=red&limit=1&__proto__=1')).body).toMatchObject({
      code: 'unknown-parameter',
      problems: [
        { parameter: 'colour', code: 'unknown' },
        { parameter: '__proto__', code: 'unknown' },
      ],
    });
    expect((await ask('?dryRun=true')).body).toMatchObject({ code: 'unknown-parameter' });
    const single = await served.ask('/v1/slow?x=1');
    expect([single.status, await single.json()]).toMatchObject([400, { code: 'unknown-parameter' }]);
  });
});
