import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AUTHENTICATOR } from './authentication.js';
import { Name } from './fields.js';
import { OpenApiError, openApiDocument } from './openapi.js';
import { catalogue } from './problem-catalogue.js';
import { Authenticated } from './routes.js';
import { serve, type Served } from './testing/serve.js';

let served: Served;
type Json = Record<string, unknown>;
let document: {
  openapi: string;
  paths: Record<string, Record<string, Json>>;
  components: { schemas: Record<string, Json> };
};
beforeAll(async () => {
  served = await serve();
  document = (await (await served.ask('/openapi.json', { bearer: null })).json()) as typeof document;
});
afterAll(() => served.app.close());

const codesOf = (path: string, method: string): Record<string, unknown> => {
  const responses = (document.paths[path]?.[method]?.['responses'] ?? {}) as Record<string, Json>;
  return Object.fromEntries(
    Object.entries(responses).flatMap(([status, response]) =>
      response['x-codes'] ? [[status, response['x-codes']]] : [],
    ),
  );
};

describe('the OpenAPI document', () => {
  it('is valid 3.1', async () => {
    expect(document.openapi).toBe('3.1.0');
    expect(await new Validator().validate(document as unknown as Json)).toMatchObject({ valid: true });
  });

  it('has the operations of the product under their names, and none of the edge', () => {
    const names = Object.values(document.paths).flatMap((item) =>
      Object.values(item).map(({ operationId }) => operationId),
    );
    expect(names).toEqual(expect.arrayContaining(['openShelf', 'listShelves', 'changeShelf']));
    expect(Object.keys(document.paths).filter((path) => !path.startsWith('/v1/'))).toEqual([]);
  });

  it('says of a command which codes it may answer, who may call it and what goes with it', () => {
    const operation = document.paths['/v1/shelves']?.['post'];
    expect(codesOf('/v1/shelves', 'post')).toEqual({
      400: ['invalid-json', 'invalid-request', 'reason-given-twice', 'unknown-parameter'],
      401: ['credentials-invalid', 'credentials-missing', 'token-expired'],
      403: ['identity-not-linked', 'not-allowed'],
      406: ['not-acceptable'],
      409: ['account-closed', 'account-suspended', 'name-taken'],
      412: ['changed-meanwhile'],
      413: ['body-too-large'],
      415: ['media-type-unsupported'],
      422: ['idempotency-key-reused'],
      429: ['rate-limited'],
      500: ['internal'],
      503: ['busy', 'cannot-confirm', 'read-only', 'unavailable'],
    });
    expect(operation).toMatchObject({ 'x-permission': 'shelves:open', security: [{ bearer: [] }] });
    expect(operation).not.toHaveProperty('x-codes');
    const names = ['IdempotencyKey', 'IfMatch', 'Reason', 'Ticket', 'DryRun'];
    expect(operation?.['parameters']).toEqual(names.map((name) => ({ $ref: `#/components/parameters/${name}` })));
  });

  it('says of a list how it goes on and what it takes', () => {
    const operation = document.paths['/v1/shelves']?.['get'];
    expect(operation?.['x-pagination']).toBe('cursor');
    expect(codesOf('/v1/shelves', 'get')[400]).toEqual([
      ...[
        'as-of-in-the-future',
        'cursor-invalid',
        'cursor-mismatch',
        'invalid-request',
        'position-unknown',
        'unknown-parameter',
      ],
    ]);
    expect(codesOf('/v1/shelves/feed', 'get')[409]).toEqual(['position-of-another-log']);
    const parameters = operation?.['parameters'] as { name: string; required: boolean; schema: Json }[];
    expect(parameters.find(({ name }) => name === 'limit')).toMatchObject({
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    });
    expect(parameters.map(({ name }) => name).sort()).toEqual([
      'asOf',
      'count',
      'cursor',
      'limit',
      'minPosition',
      'search',
      'sort',
      'status',
    ]);
    expect(parameters.find(({ name }) => name === 'sort')?.schema).toMatchObject({
      enum: ['name', '-name', 'openedAt', '-openedAt'],
      default: 'name',
    });
  });

  it('says of an answer which headers come with it', () => {
    const headersOf = (path: string, method: string, status: string): string[] => {
      const responses = document.paths[path]?.[method]?.['responses'] as Record<string, { headers?: Json }>;
      return Object.keys(responses[status]?.headers ?? {}).sort();
    };
    const ofCommands = ['ETag', 'Grantrail-Position', 'Idempotency-Replayed', 'X-Request-Id'];
    expect(headersOf('/v1/shelves', 'post', '201')).toEqual([...ofCommands, 'Location'].sort());
    expect(headersOf('/v1/shelves', 'post', '412')).toEqual(['ETag', 'X-Request-Id']);
    expect(headersOf('/v1/shelves', 'post', '503')).toEqual(['Retry-After', 'X-Request-Id']);
    expect(headersOf('/v1/shelves', 'get', '200')).toEqual([
      'Grantrail-Position',
      'Grantrail-Stale-Since',
      'X-Request-Id',
    ]);
  });

  it('opens public routes, and asks of a question no headers of commands', () => {
    const lookUp = document.paths['/v1/shelves/lookup']?.['post'];
    expect(lookUp?.['security']).toEqual([]);
    expect(lookUp?.['parameters'] ?? []).toEqual([]);
    expect(codesOf('/v1/shelves/lookup', 'post')[401]).toBeUndefined();
    expect(document.paths['/v1/shelves/accept']?.['post']?.['security']).toEqual([{}, { bearer: [] }]);
  });

  it('closes what is asked, leaves open what is answered, and has the constraints of both', () => {
    const { OpenShelf: asked, Owner, Grant, Shelf: answered, Problem } = document.components.schemas;
    for (const schema of [asked, Owner, Grant]) expect(schema).toMatchObject({ additionalProperties: false });
    expect(answered).not.toHaveProperty('additionalProperties');
    expect(asked).toMatchObject({
      required: ['name', 'owner'],
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 100 },
        size: { enum: ['small', 'large'] },
        note: { type: ['string', 'null'], pattern: '^[a-z]+$', maxLength: 10 },
        applicationIds: { type: 'array', maxItems: 3, items: { pattern: '^app_[a-z2-7]{26}$' } },
        owner: { $ref: '#/components/schemas/Owner' },
        grants: { type: 'array', items: { $ref: '#/components/schemas/Grant' }, maxItems: 2 },
        reason: { type: 'string', maxLength: 500 },
      },
    });
    expect(answered).toMatchObject({
      required: ['id', 'name', 'note', 'owner'],
      properties: { owner: { type: ['object', 'null'] } },
    });
    expect((Problem?.['properties'] as { code: Json }).code['enum']).toEqual(Object.keys(catalogue));
  });

  it('refuses a class on both sides and a name for two operations', async () => {
    class Both {
      @Name() readonly name!: string;
    }
    @Controller('v1/both')
    class BothController {
      @Post()
      @Authenticated()
      @ApiOkResponse({ type: Both })
      both(@Body() body: Both): Both {
        return body;
      }
    }
    @Controller('v1/twice')
    class Twice {
      @Get('a')
      @Authenticated()
      both(): object {
        return {};
      }
    }
    const providers = [{ provide: AUTHENTICATOR, useValue: {} }];
    @Module({ controllers: [BothController], providers })
    class OneProduct {}
    @Module({ controllers: [BothController, Twice], providers })
    class OtherProduct {}
    for (const [module, message] of [
      [OneProduct, /^Both is in a request and in an answer/],
      [OtherProduct, /are both called both$/],
    ] as const) {
      const own = await serve({}, module);
      expect(() => openApiDocument(own.app)).toThrow(OpenApiError);
      expect(() => openApiDocument(own.app)).toThrow(message);
      await own.app.close();
    }
  });
});

describe('the documentation', () => {
  const read = async (path: string): Promise<string> => {
    const answer = await served.ask(path, { bearer: null });
    expect([path, answer.status]).toEqual([path, 200]);
    return answer.text();
  };

  it('is readable at /docs, from this server alone', async () => {
    const html = await read('/docs');
    const links = [...html.matchAll(/(?:src|href)=["']([^"']+)/g)]
      .map(([, link]) => link ?? '')
      .filter((link) => !link.startsWith('#'));
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) {
      expect(link).toMatch(/^\.\/docs\//);
      await read(link.slice(1));
    }
    expect(await read('/docs/swagger-ui-init.js')).toMatch(/"validatorUrl": null/);
    const { headers } = await served.ask('/docs');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'self'/);
  });

  it('explains every code, each under its own address', async () => {
    const all = await read('/docs/problems');
    for (const [code, [status]] of Object.entries(catalogue)) {
      expect(all).toContain(`<code>${code}</code></a> (${status})`);
      expect(await read(`/docs/problems/${code}`)).toContain(
        `type <code>https://grantrail.dev/problems/${code}</code>`,
      );
    }
    expect((await served.ask('/docs/problems/no-such-code')).status).toBe(404);
  });
});
