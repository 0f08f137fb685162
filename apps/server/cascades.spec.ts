import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Access } from '#access/access.js';
import { accountAggregate } from '#access/account/account.js';
import { AssignApplication } from '#access/account/assign-application.js';
import { check } from '#access/account/check.js';
import { GrantAccess } from '#access/account/grant-access.js';
import { GrantAccessToMany } from '#access/account/grant-access-to-many.js';
import { OpenAccount } from '#access/account/open-account.js';
import { UnassignApplication } from '#access/account/unassign-application.js';
import { RegisterApplication } from '#access/application/register-application.js';
import { fact } from '#access/events.js';
import { assignPublishedApplications } from '#access/reactors/assign-published-applications.js';
import { finishCascades } from '#access/reactors/finish-cascades.js';
import { appendLimits, type RecordedEvent } from '#eventing/event-store.js';
import { type Engines, openEmbedded } from './engines.js';
import type { Installation } from './installation.js';
import { busOf, installationOn, keyed, prepared, run } from './installation.spec-kit.js';

const accountId = 'acc_crowd';
const [billing, own] = ['app_billing', 'app_own'];
const crowd = 2_500;
const userOf = (n: number): string => `usr_${n}`;

describe('what takes thousands of accesses', () => {
  let folder: string;
  let engines: Engines;
  let installation: Installation;
  let access: Access;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'grantrail-cascade-'));
    engines = await openEmbedded(folder);
    installation = installationOn(engines);
    access = await prepared(installation);
    const owner = { userId: '', firstName: 'Olga', lastName: 'Owner', email: 'olga@example.com' };
    await run(access, new OpenAccount({ accountId, name: 'Crowd', owner }, keyed('open')));
    const assignableBy = 'operators';
    await run(access, new RegisterApplication({ applicationId: billing, name: 'Billing', assignableBy }, keyed('reg')));
    await run(access, new AssignApplication({ accountId, applicationIds: [billing] }, keyed('assign')));
  });
  afterEach(async () => {
    await engines.close();
    await rm(folder, { recursive: true, force: true });
  });

  const filled = async (size = crowd): Promise<void> => {
    const batch = 250;
    for (let from = 0; from < size; from += batch)
      await access.decide(accountAggregate, accountId, keyed(`fill-${from}`), () =>
        Array.from({ length: batch }, (_, index) => userOf(from + index)).flatMap((userId) => {
          const person = { firstName: 'A', lastName: userId, email: `${userId}@example.com` };
          const grant = { grantId: `grt_${userId}`, userId, applicationId: billing, origin: 'assigned' } as const;
          return [
            fact('MemberJoined', { accountId, userId, role: 'staff', teamId: undefined, ...person }),
            fact('AccessGranted', { accountId, ...grant, role: undefined, expiresAt: undefined }),
          ];
        }),
      );
  };

  const events = async (type?: string): Promise<RecordedEvent[]> => {
    const found: RecordedEvent[] = [];
    for await (const event of engines.log.readStream(`account-${accountId}`))
      if (type === undefined || event.type === type) found.push(event);
    return found;
  };

  const codeFor = async (userId: string): Promise<string> => {
    const roles = await access.roles();
    const application = { ...(await access.application(billing))!, status: 'active' as const };
    const now = new Date().toISOString();
    return access.account(accountId, (account) => check({ account, userId, application, roles, now }).because.code);
  };

  it('is announced up to the bound at once, then by the reactor, and never given back', async () => {
    await filled();
    const reason = 'x'.repeat(500);
    const taking = new UnassignApplication({ accountId, applicationId: billing }, { ...keyed('take'), reason });
    const { outcome, remaining } = await run(access, taking);
    expect(outcome.events.length).toBeLessThanOrEqual(appendLimits.events);
    expect(remaining).toBe(crowd - (outcome.events.length - 1));
    expect(remaining).toBeGreaterThan(1_000);
    expect([await codeFor(userOf(0)), await codeFor(userOf(crowd - 1))]).toEqual(['no-access', 'no-access']);

    // Assigned again in between: nobody gets anything back but who is given it anew.
    await run(access, new AssignApplication({ accountId, applicationIds: [billing] }, keyed('assign-again')));
    const again = { accountId, userId: userOf(crowd - 2), applicationIds: [billing] };
    await run(access, new GrantAccess(again, keyed('grant-again')));
    expect([await codeFor(userOf(crowd - 1)), await codeFor(userOf(crowd - 2))]).toEqual(['no-access', 'granted']);

    await installation.start(busOf(() => access));
    const finished = installation.reactors.map((reactor) => reactor.waitFor(outcome.position));
    expect(await Promise.all(finished)).not.toContain(false);
    const head = await engines.log.head();
    await installation.views.waitFor('account-applications', head);
    const moment = await installation.reading.reader.moment(['account-applications'], { now: new Date() });
    const row = await installation.reading.reader.get('account-applications', `${accountId}/${billing}`, moment);
    await installation.stop();

    const revoked = await events('AccessRevoked');
    expect(new Set(revoked.map(({ data }) => data['grantId'])).size).toBe(crowd);
    expect(revoked).toHaveLength(crowd);
    expect(await access.account(accountId, ({ leaving }) => leaving.size)).toBe(0);
    expect([await codeFor(userOf(crowd - 1)), await codeFor(userOf(crowd - 2))]).toEqual(['no-access', 'granted']);
    expect(row?.body).toMatchObject({ users: 1 });
  }, 60_000);

  it('takes no id twice when the reactor is cut off and asked again', async () => {
    await filled();
    await run(access, new UnassignApplication({ accountId, applicationId: billing }, keyed('take')));
    const [taking] = await events('ApplicationUnassigned');
    let rounds = 0;
    const cutOff = {
      execute: async (command: Parameters<typeof run>[1]) => {
        await run(access, command);
        rounds += 1;
        throw new Error('power cut');
      },
    };
    for (let time = 0; time < 2; time += 1)
      await finishCascades(access, cutOff as never)
        .react(taking!)
        .catch(() => undefined);
    expect(rounds).toBe(2);
    await finishCascades(
      access,
      busOf(() => access),
    ).react(taking!);
    const ids = (await events()).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(await events('AccessRevoked')).toHaveLength(crowd);
  }, 60_000);

  it('does not assign again what its publisher has unassigned, however late the reactor is', async () => {
    const said = { applicationId: own, name: 'Own', publisherAccountId: accountId };
    await run(access, new RegisterApplication(said, keyed('register')));
    await run(access, new UnassignApplication({ accountId, applicationId: own }, keyed('unassign')));
    for await (const event of engines.log.readStream(`application-${own}`))
      await assignPublishedApplications(access).react(event);
    const story = (await events()).filter(({ data }) => data['applicationId'] === own).map(({ type }) => type);
    expect(story).toEqual(['ApplicationAssigned', 'ApplicationUnassigned']);
  });

  it('refuses what one append does not hold, and says what to do', async () => {
    await filled(500);
    await run(access, new RegisterApplication({ applicationId: own, name: 'Own' }, keyed('register')));
    await run(access, new AssignApplication({ accountId, applicationIds: [own] }, keyed('assign-own')));
    const grants = Array.from({ length: 500 }, (_, n) => ({ userId: userOf(n), applicationId: own }));
    const asked = (reason: string) =>
      run(access, new GrantAccessToMany({ accountId, grants }, { ...keyed('many'), reason }));
    await expect(asked('x'.repeat(500))).rejects.toMatchObject({ code: 'body-too-large' });
    expect((await asked('moved')).outcome.events).toHaveLength(500);
  }, 30_000);
});
