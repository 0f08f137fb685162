import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AUTHENTICATOR } from '#platform/authentication.js';
import { createHttpApp } from '#platform/http-app.js';
import { createLogger } from '#platform/logging.js';
import type { Caller } from '../caller.js';
import { queries } from '../queries.js';
import { READING } from '../queries/query.js';
import {
  accountKey,
  type GivenReading,
  givenReading,
  joined,
  opened,
  operator,
  registered,
} from '../queries/reading.spec-kit.js';
import { queryHandlerOf } from '../query-handlers.js';
import { LOG_READING } from './queries/log-asking.js';
import { queryControllers } from './query-controllers.js';

const id = (prefix: string, letter: string): string => `${prefix}_${letter.repeat(26)}`;
const [acme, beta, olga] = [id('acc', 'a'), id('acc', 'b'), id('usr', 'o')];
const callers: Record<string, Caller> = {
  'operator-token': operator,
  'acme-token': accountKey(acme, 'members:view@account'),
};

let given: GivenReading;
let app: NestFastifyApplication;

const get = async (url: string, headers: Record<string, string> = {}, token = 'operator-token') => {
  const answer = await app.inject({ url, headers: { authorization: `Bearer ${token}`, ...headers } });
  return { status: answer.statusCode, headers: answer.headers, body: answer.body === '' ? null : answer.json<Json>() };
};
type Json = Record<string, string | null>;

beforeAll(async () => {
  given = await givenReading();
  await given.record([
    opened(acme, 'Acme'),
    opened(beta, 'Beta'),
    registered(id('app', 'c'), 'CRM'),
    ...joined(acme, olga, 'Olga Owner', 'owner'),
    ...joined(acme, id('usr', 'u'), 'Ann Lee'),
  ]);

  @Module({
    imports: [CqrsModule.forRoot()],
    controllers: queryControllers,
    providers: [
      { provide: READING, useValue: given.reading },
      { provide: LOG_READING, useValue: { ...given.reading, views: given.views, sealer: given.sealer } },
      { provide: AUTHENTICATOR, useValue: { authenticate: (bearer: string) => Promise.resolve(callers[bearer]) } },
      ...queries.map(queryHandlerOf),
    ],
  })
  class QueriesModule {}
  const unlimited = { caller: null, platformKey: null, applicationKey: null, token: null, invitations: null };
  app = await createHttpApp(QueriesModule, { logger: createLogger({ level: 'silent' }), rateLimits: unlimited });
});
afterAll(async () => {
  await app.close();
  await given.close();
});

describe('reading over HTTP', () => {
  it('answers lists with their moment, and goes on by cursor', async () => {
    const first = await get(`/v1/accounts/${acme}/users?limit=1&count=true&status=active,invited&sort=-name`);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ items: [{ firstName: 'Olga' }], asOf: null, count: 2, countCapped: false });
    expect(first.headers['grantrail-position']).toBe(first.body?.['position']);
    const cursor = encodeURIComponent(first.body?.['nextCursor'] ?? '');
    const second = await get(`/v1/accounts/${acme}/users?limit=1&cursor=${cursor}`);
    expect(second.body).toMatchObject({ items: [{ firstName: 'Ann' }], nextCursor: null });
    const repeated = `/v1/accounts/${acme}/users?limit=1&status=invited,active&cursor=${cursor}`;
    expect((await get(repeated)).body?.['items']).toEqual(second.body?.['items']);
    expect((await get(repeated.replace('invited,', ''))).body).toMatchObject({ code: 'cursor-mismatch' });
  });

  it('answers single things with an ETag, and nothing to whoever has them', async () => {
    const account = await get(`/v1/accounts/${acme}`);
    expect(account.headers['etag']).toBe('"0"');
    expect((await get(`/v1/accounts/${acme}`, { 'if-none-match': '"0"' })).status).toBe(304);
    const then = await get(`/v1/accounts/${acme}?asOf=${account.headers['grantrail-position'] as string}`);
    expect([then.status, then.headers['etag']]).toEqual([200, undefined]);
  });

  it('says of single things that they have an ETag, and of nothing else', async () => {
    const { paths } = (await get('/openapi.json')).body as unknown as {
      paths: Record<string, { get?: { responses: Record<string, { headers: object }> } }>;
    };
    const responsesOf = (path: string) => paths[path]?.get?.responses ?? {};
    expect(Object.keys(responsesOf('/v1/accounts/{accountId}')['304']?.headers ?? {})).toContain('X-Request-Id');
    expect(Object.keys(responsesOf('/v1/accounts/{accountId}')['200']?.headers ?? {})).toContain('ETag');
    for (const path of ['/v1/accounts', '/v1/me', '/v1/roles/matrix'])
      expect(responsesOf(path)).not.toHaveProperty('304');
  });

  it('answers a foreign account by the same bytes as a missing one', async () => {
    const foreign = await get(`/v1/accounts/${beta}/users`, {}, 'acme-token');
    const missing = await get(`/v1/accounts/${id('acc', 'z')}/users`, {}, 'acme-token');
    expect(foreign.status).toBe(404);
    expect(foreign.body).toEqual(missing.body);
    expect((await get('/v1/audit-log', {}, 'acme-token')).body).toMatchObject({ code: 'not-allowed' });
  });

  it.each([
    ['/v1/users?sort=joinedAt', 'invalid-request'],
    ['/v1/users?search=a', 'invalid-request'],
    ['/v1/users?colour=red', 'unknown-parameter'],
    ['/v1/users?limit=201', 'invalid-request'],
    ['/v1/me?asOf=1', 'unknown-parameter'],
    ['/v1/positions', 'invalid-request'],
    ['/v1/positions?at=00000000000000000007', 'invalid-request'],
    [`/v1/positions?at=log_${'a'.repeat(26)}:7`, 'position-unknown'],
    [`/v1/accounts?asOf=log_${'a'.repeat(26)}:7`, 'position-unknown'],
    ['/v1/positions?at=2999-01-01T00:00:00.000Z', 'as-of-in-the-future'],
    ['/v1/accounts?asOf=1&minPosition=1', 'invalid-request'],
    [`/v1/invitations?cursor=nonsense`, 'cursor-invalid'],
  ])('refuses %s', async (url, code) => {
    const { status, body } = await get(url);
    expect([status, body?.['code']]).toEqual([400, code]);
  });

  it.each([
    ...['accounts', 'applications', 'users', 'shared-accounts', 'invitations', 'audit-log', 'me/audit-log', 'roles'],
    ...['roles/staff', 'roles/matrix', 'permissions', 'api-keys', 'platform', 'me', `users/${olga}`],
    ...[`users/${olga}/access`, `accounts/${acme}/applications?available=true`, `accounts/${acme}/members/${olga}`],
    ...[`applications/${id('app', 'c')}`, `applications/${id('app', 'c')}/accounts`],
    `applications/${id('app', 'c')}/users`,
  ])('answers /v1/%s just what its schema says', async (path) => {
    const { status, body } = await get(`/v1/${path}`);
    expect(status).toBe(200);
    const document = (await get('/openapi.json')).body as unknown as OpenApi;
    const operation = Object.entries(document.paths).find(([template]) => matches(template, path))?.[1].get;
    const schema = operation?.responses['200']?.content['application/json']?.schema;
    expect(schema?.$ref).toBeDefined();
    expect(deviations(body, schema ?? {}, document)).toEqual([]);
  });
});

interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}
interface OpenApi {
  readonly paths: Readonly<
    Record<string, { get?: { responses: Record<string, { content: Record<string, { schema: Schema }> }> } }>
  >;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const matches = (template: string, path: string): boolean => {
  const asked = `/v1/${path.split('?')[0] ?? ''}`;
  if (!template.includes('{')) return template === asked;
  return !/roles\/matrix$/.test(asked) && new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(asked);
};

/** Where an answer lacks a field, or has one that is not declared. */
const deviations = (value: unknown, schema: Schema, document: OpenApi, at = ''): string[] => {
  const [part] = schema.allOf ?? [];
  if (value === null || value === undefined) return value === undefined ? [`${at} is missing`] : [];
  if (part !== undefined) return deviations(value, part, document, at);
  if (schema.$ref !== undefined) {
    const named = document.components.schemas[schema.$ref.split('/').at(-1) ?? ''];
    return named === undefined ? [`${at} refers to nothing`] : deviations(value, named, document, at);
  }
  if (Array.isArray(value))
    return value.flatMap((item, index) => deviations(item, schema.items ?? {}, document, `${at}/${index}`));
  if (typeof value !== 'object' || schema.properties === undefined) return [];
  const declared = schema.properties;
  const fields = new Set([...Object.keys(value), ...(schema.required ?? [])]);
  return [...fields].flatMap((name) => {
    const inner = declared[name];
    if (inner === undefined) return [`${at}/${name} is not declared`];
    return deviations((value as Record<string, unknown>)[name], inner, document, `${at}/${name}`);
  });
};
