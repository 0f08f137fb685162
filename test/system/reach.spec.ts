import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { builtInRoles } from '#access/role/role-table.js';
import { activeApplication, assign, invite, issueKey, member, openAccount } from './given.js';
import {
  documentOf,
  type Document,
  type Ids,
  type Operation,
  operationsOf,
  pathOf,
  sampleOf,
} from './openapi-document.js';
import { type Answer, Server } from './server.js';

const missing: Ids = {
  accountId: `acc_${'m'.repeat(26)}`,
  userId: `usr_${'m'.repeat(26)}`,
  applicationId: `app_${'m'.repeat(26)}`,
  invitationId: `inv_${'m'.repeat(26)}`,
  keyId: `key_${'m'.repeat(26)}`,
  eventId: `evt_${'m'.repeat(26)}`,
  publisherAccountId: `acc_${'m'.repeat(26)}`,
  ownerId: `usr_${'m'.repeat(26)}`,
};
const ofEveryAnswer = new Set(['date', 'x-request-id', 'ratelimit']);

/** All that a caller sees of an answer, with the ids that it sent itself made alike. */
const seenOf = ({ status, headers, text }: Answer, sent: Ids): object => {
  const names = Object.entries(sent).sort(([, one], [, other]) => other.length - one.length);
  return {
    status,
    headers: [...headers].filter(([name]) => !ofEveryAnswer.has(name)),
    text: names.reduce((rest, [name, id]) => rest.replaceAll(id, name), text),
  };
};

describe("what is outside of a key's reach", () => {
  let server: Server;
  let document: Document;
  let operations: readonly Operation[];
  let own: Ids;
  let foreign: Ids;
  let key: string;

  const account = async (name: string): Promise<Ids> => {
    const { id: accountId } = await openAccount(server, name);
    const applicationId = await activeApplication(server, `${name} only`);
    await assign(server, accountId, applicationId);
    const email = `pending@${name.toLowerCase()}.example`;
    const userId = await member(server, accountId, `ann@${name.toLowerCase()}.example`);
    const { invitationId } = await invite(server, accountId, email, { applicationIds: [applicationId] });
    const issued = await issueKey(server, { accountId }, ['members:view']);
    await server.caughtUp();
    const { items } = await server.ok('GET', `/v1/audit-log?accountId=${accountId}&limit=1`);
    const [{ eventId }] = items as [{ eventId: string }];
    const aliases = { publisherAccountId: accountId, ownerId: userId };
    return { accountId, applicationId, invitationId, userId, keyId: issued.id, eventId, ...aliases };
  };

  beforeAll(async () => {
    server = await Server.start({ GRANTRAIL_RATE_CALLER: 'none' });
    document = await documentOf(server);
    operations = operationsOf(document).filter(({ path }) => path.startsWith('/v1/') && !path.endsWith('/stream'));
    [own, foreign] = [await account('Own'), await account('Foreign')];
    const permissions = builtInRoles.get('owner')?.permissions ?? [];
    key = (await issueKey(server, { accountId: own['accountId']! }, permissions)).secret;
  }, 30_000);
  afterAll(() => server.dispose());

  const send = async (operation: Operation, inPath: Ids, inBody: Ids, query: Ids = {}): Promise<Answer> => {
    const { method, path, body, parameters = [] } = operation;
    // Tried only, so that each probe finds the same state.
    const isCommand = parameters.some(({ $ref }) => $ref?.endsWith('/DryRun'));
    const asked = new URLSearchParams({ ...query, ...(isCommand && { dryRun: 'true' }) }).toString();
    const filled = pathOf(path, { roleId: 'staff', name: 'members', ...inPath });
    return server.call(method, `${filled}?${asked}`, body && sampleOf(body, document, inBody), { key });
  };

  /** Operations that answer otherwise to what is foreign than to what does not exist. */
  const telling = async (
    probes: readonly Operation[],
    probe: (operation: Operation, ids: Ids) => Promise<Answer>,
  ): Promise<readonly unknown[]> => {
    const told: unknown[] = [];
    for (const operation of probes) {
      const [there, nowhere] = [await probe(operation, foreign), await probe(operation, missing)];
      const [seen, expected] = [seenOf(there, foreign), seenOf(nowhere, missing)];
      if (JSON.stringify(seen) !== JSON.stringify(expected))
        told.push([operation.operationId, there.text, nowhere.text]);
    }
    return told;
  };
  const withParameters = (least: number): readonly Operation[] =>
    operations.filter(({ path }) => [...path.matchAll(/\{(?!name|roleId)/g)].length >= least);

  it('is answered with 404, in the bytes of what does not exist', async () => {
    const probes = withParameters(1);
    expect(probes.length).toBeGreaterThan(20);
    expect(await telling(probes, (operation, ids) => send(operation, ids, ids))).toEqual([]);
    for (const operation of probes) {
      const { status } = await send(operation, foreign, foreign);
      expect([operation.operationId, status]).toEqual([operation.operationId, status === 403 ? 403 : 404]);
    }
  });

  it("is so too within the key's own account", async () => {
    const ofOwn = (ids: Ids): Ids => ({ ...ids, accountId: own['accountId']! });
    expect(await telling(withParameters(2), (operation, ids) => send(operation, ofOwn(ids), ofOwn(ids)))).toEqual([]);
  });

  it('is so too within bodies', async () => {
    // Of the platform's own applications it is no secret that operators keep them.
    const kept = 'assignApplication';
    const probes = operations.filter(({ body, operationId }) => body !== undefined && operationId !== kept);
    expect(await telling(probes, (operation, ids) => send(operation, own, ids))).toEqual([]);
  });

  it('is so too in queries, and never in the answer of a list', async () => {
    for (const name of [
      'accountId',
      'applicationId',
      'userId',
      'actorId',
      'subjectId',
      'publisherAccountId',
      'ownerId',
    ]) {
      const probes = operations.filter(({ parameters = [] }) =>
        parameters.some((one) => one.in === 'query' && one.name === name),
      );
      const valueOf = (ids: Ids): string => ids[name] ?? ids['userId']!;
      const others = (operation: Operation): Ids =>
        operation.path === '/v1/explain' || operation.path === '/v1/diff' ? own : {};
      const query = (operation: Operation, ids: Ids): Ids => ({
        ...(operation.path === '/v1/diff' && { from: '0', to: '1' }),
        ...Object.fromEntries(
          ['accountId', 'userId', 'applicationId'].flatMap((field) =>
            field in others(operation) ? [[field, others(operation)[field]!]] : [],
          ),
        ),
        [name]: valueOf(ids),
      });
      expect(probes.length).toBeGreaterThan(0);
      expect(await telling(probes, (operation, ids) => send(operation, own, own, query(operation, ids)))).toEqual([]);
    }
  });

  it('is in no list and no feed', async () => {
    const lists = operations.filter(({ method }) => method === 'GET');
    const seen: string[] = [];
    for (const operation of lists) {
      const asked = operation.path === '/v1/explain' || operation.path === '/v1/diff' ? own : {};
      const { text } = await send(operation, own, own, asked);
      const told = ['accountId', 'applicationId', 'invitationId', 'userId', 'keyId'].filter((name) =>
        text.includes(foreign[name]!),
      );
      if (told.length > 0) seen.push(`${operation.operationId} tells of ${told.join()}`);
    }
    expect(seen).toEqual([]);
  });
});
