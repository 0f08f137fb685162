import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Answers } from './answers.js';
import { documentOf, type Ids, type Operation, operationsOf, pathOf } from './openapi-document.js';
import { type Answer, type Body, Server } from './server.js';

describe('answers', () => {
  let server: Server;
  let operations: ReadonlyMap<string, Operation>;
  let answers: Answers;
  const faults: string[] = [];

  beforeAll(async () => {
    server = await Server.start();
    const document = await documentOf(server);
    operations = new Map(operationsOf(document).map((operation) => [operation.operationId, operation]));
    answers = new Answers(document);
  });
  afterAll(() => server.dispose());

  const ask = async (id: string, ids: Ids = {}, body?: object, query: Ids = {}, key?: null): Promise<Answer> => {
    const operation = operations.get(id)!;
    const path = `${pathOf(operation.path, ids)}?${new URLSearchParams(query).toString()}`;
    const sent = body ?? (operation.body === undefined ? undefined : {});
    const answer = await server.call(operation.method, path, sent, key === null ? { key } : {});
    const fault = answers.faultOf(operation, answer);
    if (fault !== undefined) faults.push(fault);
    return answer;
  };
  const did = async (id: string, ids?: Ids, body?: object): Promise<Body> => {
    const tried = await ask(id, ids, body, { dryRun: 'true' });
    const answer = await ask(id, ids, body);
    if (answer.status >= 300 || tried.status >= 300) faults.push(`${id} answered ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const text = (body: Body, field = 'id'): string => body[field] as string;

  it('are what is said of them, through a story with every command and every question', async () => {
    const [billing, planner] = [
      text(await did('registerApplication', {}, { name: 'Billing', description: 'Bills', externalId: 'b-1' })),
      text(await did('registerApplication', {}, { name: 'Planner' })),
    ] as const;
    for (const applicationId of [billing, planner]) await did('activateApplication', { applicationId });
    await did('chooseDefaultApplication', {}, { applicationId: billing });
    const owner = { firstName: 'Olga', lastName: 'Owner', email: 'olga@acme.example' };
    const opened = await did('openAccount', {}, { name: 'Acme', externalId: 'a-1', owner });
    const accountId = text(opened);
    const token = async (email: string): Promise<object> => ({ token: await server.tokenFor(email) });
    await did('acceptInvitation', {}, await token(owner.email));
    await did('assignApplication', { accountId }, { applicationIds: [planner] });

    const person = { firstName: 'Ann', lastName: 'Lee', role: 'staff' };
    const invite = (name: string): Promise<Body> =>
      did('inviteUser', { accountId }, { ...person, email: `${name}@acme.example`, applicationIds: [billing] });
    const ann = text(await invite('ann'), 'userId');
    await ask('lookUpInvitation', {}, await token('ann@acme.example'));
    await did('acceptInvitation', {}, { ...(await token('ann@acme.example')), firstName: 'Anna' });
    await invite('bob');
    await did('declineInvitation', {}, await token('bob@acme.example'));
    const carl = text(await invite('carl'));
    expect(await ask('resendInvitation', { accountId, invitationId: carl })).toMatchObject({ status: 429 });
    await did('revokeInvitation', { accountId, invitationId: carl });
    const invitationId = text(await invite('dora'));

    const member = { accountId, userId: ann };
    await did('grantAccess', member, { applicationIds: [planner], role: 'viewer' });
    await did('changeRole', member, { role: null, applicationId: planner });
    await did('changeRole', member, { role: 'auditor', reason: 'audit', ticket: 'OPS-1' });
    await did('revokeAccess', { ...member, applicationId: planner });
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    await did('grantAccessToMany', { accountId }, { grants: [{ userId: ann, applicationId: planner, expiresAt }] });
    await did('revokeAccessFromMany', { accountId }, { accesses: [{ userId: ann, applicationId: planner }] });
    await did('grantAccess', member, { applicationIds: [planner] });
    const scope = { kind: 'account', accountId };
    const keyId = text(await did('issueApiKey', {}, { name: 'Service', scope, permissions: ['members:view'] }));

    const { items: events } = (await ask('followEvents')).body as { items: readonly { eventId: string }[] };
    const ids = { ...member, applicationId: planner, invitationId, keyId, roleId: 'staff', name: 'members' };
    const eventId = events.at(-1)!.eventId;
    const { position } = (await ask('listUsers', {}, undefined, { count: 'true', limit: '1' })).body as {
      position: string;
    };
    const asked: Readonly<Record<string, Ids>> = {
      explain: { ...member, applicationId: planner },
      diff: { accountId, from: '1', to: position },
      getPosition: { at: new Date(Date.now() - 1).toISOString() },
      listAccountApplications: { available: 'true' },
    };
    const questions = [...operations.values()].filter(
      ({ method, operationId }) => method === 'GET' && operationId !== 'streamAccessChanges',
    );
    for (const { operationId, parameters = [] } of questions) {
      const query = asked[operationId] ?? {};
      expect([operationId, await ask(operationId, { ...ids, eventId }, undefined, query)]).toMatchObject([
        operationId,
        { status: 200 },
      ]);
      if (parameters.some(({ name }) => name === 'asOf'))
        await ask(operationId, { ...ids, eventId }, undefined, { ...query, asOf: position });
      const missing = Object.fromEntries(
        Object.entries(ids).map(([name, id]) => [name, id.replace(/.{10}$/, 'aaaaaaaaaa')]),
      );
      await ask(operationId, { ...missing, eventId: `evt_${'a'.repeat(26)}` }, undefined, query);
      await ask(operationId, ids, undefined, { unknown: 'x' });
    }
    const question = { accountId, userId: ann, applicationId: planner };
    for (const check of [
      question,
      { ...question, permission: 'expirations:view' },
      { ...question, userId: `usr_${'a'.repeat(26)}` },
    ])
      expect(await ask('check', {}, check)).toMatchObject({ status: 200 });
    await ask('checkBatch', {}, { checks: [question, question] });
    await ask('verifyView', { name: 'members' });
    await ask('rebuildView', { name: 'members' });

    await did('revokeApiKey', { keyId });
    await did('removeMember', member);
    await did('unassignApplication', { accountId, applicationId: planner });
    await did('deactivateApplication', { applicationId: planner });
    for (const { operationId, security = [] } of operations.values())
      if (security.length > 0 && operationId !== 'streamAccessChanges')
        expect(await ask(operationId, { ...ids, eventId }, undefined, {}, null)).toMatchObject({ status: 401 });
    expect(faults).toEqual([]);
    const untold = [...operations.keys()].filter(
      (id) => ![...(answers.seen.get(id) ?? [])].some((status) => status < 300),
    );
    expect(untold.sort()).toEqual(['resendInvitation', 'streamAccessChanges']);
  }, 60_000);
});
