import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { activeApplication, assign, invite, issueKey, openAccount } from './given.js';
import {
  longText,
  millionFields,
  spoilt,
  unsoundBodies,
  unsoundEmails,
  unsoundSegments,
  unsoundTexts,
} from './hostile.js';
import {
  type Document,
  documentOf,
  type Ids,
  type Operation,
  operationsOf,
  pathOf,
  sampleOf,
} from './openapi-document.js';
import { Refusals, type Try } from './refusals.js';
import { type Answer, Server } from './server.js';

const takesLast = ({ method, path }: Operation, name: string): boolean =>
  method === 'DELETE' && path.endsWith(`/applications/{${name}}`);

describe('hostile requests', () => {
  let server: Server;
  let document: Document;
  let operations: readonly Operation[];
  let ids: Ids;
  let refusals: Refusals;

  beforeAll(async () => {
    server = await Server.start({ LOG_LEVEL: 'info' });
    refusals = new Refusals(server);
    document = await documentOf(server);
    operations = operationsOf(document);
    const { id: accountId, ownerId: userId } = await openAccount(server, 'Acme');
    const applicationId = await activeApplication(server, 'Billing');
    await assign(server, accountId, applicationId);
    const { invitationId } = await invite(server, accountId, 'pending.person@acme.example');
    const { id: keyId } = await issueKey(server, { accountId }, ['members:view']);
    const token = await server.tokenFor('pending.person@acme.example');
    ids = { accountId, userId, applicationId, invitationId, keyId, roleId: 'staff', token };
  }, 30_000);
  afterAll(() => server.dispose());

  const raw = (...request: Parameters<Refusals['raw']>): Promise<Answer> => refusals.raw(...request);
  const faultsOf = (tries: Iterable<Try>): Promise<readonly string[]> => refusals.faultsOf(tries);
  const commands = (): readonly Operation[] => operations.filter(({ body }) => body !== undefined);
  const sample = ({ body }: Operation): unknown => sampleOf(body ?? {}, document, ids);
  const at = ({ path }: Operation): string => pathOf(path, ids);

  it('refuses each field of each body in every wrong type and size', async () => {
    const tries = commands().flatMap((operation) =>
      [...spoilt(sample(operation), operation.body ?? {}, document)].map(
        ([what, body]) => [what, operation, () => raw(operation, at(operation), JSON.stringify(body))] as const,
      ),
    );
    expect(tries.length).toBeGreaterThan(500);
    expect(await faultsOf(tries)).toEqual([]);
  }, 60_000);

  it('refuses control characters, lone surrogates and line breaks in names and addresses', async () => {
    const tries = commands().flatMap((operation) => {
      const text = JSON.stringify(sample(operation));
      const names = [...new Set(text.match(/"Some (?!reason|description)\w+"/g) ?? [])];
      return [
        ...names.flatMap((name) => unsoundTexts.map((unsound) => [name, unsound] as const)),
        ...(text.includes('"someone@example.com"') ? unsoundEmails : []).map(
          (unsound) => ['"someone@example.com"', unsound] as const,
        ),
      ].map(
        ([place, unsound]) =>
          [
            `${place} = ${JSON.stringify(unsound).slice(0, 40)}`,
            operation,
            () =>
              raw(
                operation,
                at(operation),
                text.replace(place, () => JSON.stringify(unsound)),
              ),
          ] as const,
      );
    });
    expect(tries.length).toBeGreaterThan(100);
    expect(await faultsOf(tries)).toEqual([]);
  }, 60_000);

  it('refuses bodies that are no JSON of ours, at every route that takes one', async () => {
    for (const [what, code, body] of unsoundBodies) {
      const tries = commands().map((operation) => {
        const send = async (): Promise<Answer> => {
          const answer = await raw(operation, at(operation), body);
          if (answer.body.code !== code) refusals.faults.add(`${operation.operationId} ${what}: ${answer.text}`);
          return answer;
        };
        return [what, operation, send] as const;
      });
      expect([what, await faultsOf(tries)]).toEqual([what, []]);
    }
  }, 120_000);

  it('refuses a million fields, reading no more than it takes to see that they are too many', async () => {
    const [operation] = commands();
    const body = millionFields();
    const statuses: (number | undefined)[] = [];
    // It may close the connection before the client has written all of it.
    for (let tries = 0; tries < 20 && !statuses.includes(413); tries += 1)
      statuses.push((await raw(operation!, at(operation!), body).catch(() => undefined))?.status);
    expect(statuses.filter((status) => status !== undefined)).toEqual([413]);
  });

  it('refuses other content types, and bodies where there is none', async () => {
    const types = ['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/jsonx', 'x', ''];
    const tries = operations
      .filter(({ method }) => method !== 'GET')
      .flatMap((operation) =>
        types.map((type) => {
          const body = JSON.stringify(operation.body === undefined ? { a: 1 } : sample(operation));
          return [type, operation, () => raw(operation, at(operation), body, { 'content-type': type })] as const;
        }),
      );
    expect(await faultsOf(tries)).toEqual([]);
  });

  it('refuses query parameters that it does not know, and those it knows given twice or out of shape', async () => {
    const parameters = ({ parameters: all = [] }: Operation) => all.filter((parameter) => parameter.in === 'query');
    const tries = operations.flatMap((operation) => {
      const queries = [
        ...['unknown=1', '__proto__=1', 'constructor[a]=1', 'DryRun=true', `x=${longText}`],
        ...parameters(operation).flatMap(({ name }) => [`${name}=true&${name}=true`, `${name}[]=1`]),
      ];
      return queries.map((query) => {
        const body = operation.body && JSON.stringify(sample(operation));
        return [query.slice(0, 60), operation, () => raw(operation, `${at(operation)}?${query}`, body)] as const;
      });
    });
    expect(await faultsOf(tries)).toEqual([]);
  }, 60_000);

  it('refuses ids that are none', async () => {
    const tries = operations.flatMap((operation) =>
      [...operation.path.matchAll(/\{(\w+)\}/g)].flatMap(([, name = '']) =>
        // What is not there is taken from nobody: nothing to do.
        (takesLast(operation, name) ? [] : unsoundSegments).map((segment) => {
          const path = pathOf(operation.path, { ...ids, [name]: segment });
          const body = operation.body && JSON.stringify(sample(operation));
          return [`${name} = ${segment.slice(0, 40)}`, operation, () => raw(operation, path, body)] as const;
        }),
      ),
    );
    expect(await faultsOf(tries)).toEqual([]);
  }, 60_000);

  it('refuses forged tokens of invitations', async () => {
    const token = ids['token'] ?? '';
    const forged = [
      `${token.slice(0, -2)}xx`,
      token.toUpperCase(),
      `${token}=`,
      'a'.repeat(43),
      '../..',
      '%00',
      "' OR 1=1",
    ];
    const tries = operations
      .filter(({ path }) => path.startsWith('/v1/invitations/') && !path.includes('{'))
      .flatMap((operation) =>
        forged.map(
          (text) => [text, operation, () => raw(operation, operation.path, JSON.stringify({ token: text }))] as const,
        ),
      );
    expect(tries.length).toBeGreaterThan(0);
    expect(await faultsOf(tries)).toEqual([]);
    expect(await server.ok('POST', '/v1/invitations/lookup', { token }, { key: null })).toMatchObject({
      status: 'pending',
    });
  });

  it('refuses headers out of shape', async () => {
    const headers: Record<string, string>[] = [
      { 'Idempotency-Key': 'x'.repeat(129) },
      { 'Idempotency-Key': 'a b' },
      { 'If-Match': '*' },
      { 'If-Match': '"-1"' },
      { 'Grantrail-Reason': '%ff' },
      { 'Grantrail-Reason': '%00' },
      { 'Grantrail-Reason': '%ED%A0%80' },
      { 'Grantrail-Ticket': 'a%0d%0ab' },
      { Accept: 'text/html' },
    ];
    const tries = operations
      .filter(
        ({ method, parameters = [] }) => method !== 'GET' && parameters.some(({ $ref }) => $ref?.endsWith('IfMatch')),
      )
      .flatMap((operation) =>
        headers.map((header) => {
          const body = operation.body && sample(operation);
          return [
            JSON.stringify(header),
            operation,
            () => server.call(operation.method, at(operation), body, { headers: header }),
          ] as const;
        }),
      );
    expect(await faultsOf(tries)).toEqual([]);
  });

  it('has said nothing of it in its log: no key, token, e-mail address or query string', () => {
    const lines = server.output.filter((line) => line.startsWith('{'));
    expect(lines.length).toBeGreaterThan(refusals.requests * 0.9);
    const told = /grk_|[\w.]@[\w]|\?[\w[\]]+=|Bearer (?!\[)/;
    expect(lines.filter((line) => told.test(line) || line.includes(ids['token'] ?? '')).slice(0, 5)).toEqual([]);
    expect(lines.filter((line) => /"level":"(error|warn)"/.test(line)).slice(0, 5)).toEqual([]);
  });
});
