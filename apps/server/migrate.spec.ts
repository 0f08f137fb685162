import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AcceptInvitation } from '#access/account/accept-invitation.js';
import { AssignApplication } from '#access/account/assign-application.js';
import { ChangeRole } from '#access/account/change-role.js';
import { GrantAccess } from '#access/account/grant-access.js';
import { InviteUser } from '#access/account/invite-user.js';
import { OpenAccount } from '#access/account/open-account.js';
import { RevokeAccess } from '#access/account/revoke-access.js';
import { ActivateApplication } from '#access/application/activate-application.js';
import { RegisterApplication } from '#access/application/register-application.js';
import type { CallerContext } from '#access/caller.js';
import { fact } from '#access/events.js';
import { systemContext } from '#access/processes/system-context.js';
import { FollowAccessChanges, followAccessChanges } from '#access/queries/access-changes-feed.js';
import { answerCheck, Check } from '#access/queries/check.js';
import { Diff, diff } from '#access/queries/diff.js';
import { GetPlatform, getPlatform, GetPosition, getPosition } from '#access/queries/get-platform.js';
import { ListAuditLog, listAuditLog } from '#access/queries/list-audit-log.js';
import { ListUsers, listUsers } from '#access/queries/list-users.js';
import { userAggregate } from '#access/user/user.js';
import { accessViews } from '#access/views/all.js';
import type { KeptMail } from '#delivery/mail/folder-mailer.js';
import type { EventStore, RecordedEvent } from '#eventing/event-store.js';
import { VaultLeases } from '#eventing/vault-leases.js';
import { formatPosition } from '#eventing/position.js';
import type { RowVersion } from '#eventing/view-store.js';
import { type Config, readConfig } from '#platform/config.js';
import type { Engines } from './engines.js';
import type { Installation } from './installation.js';
import { busOf, installationOn, type Kept, kept, keyed, operator, run } from './installation.spec-kit.js';
import { moveInstallation, type MovedInstallation } from './migrate.js';

const accountId = 'acc_acme';
const [billing, crm] = ['app_billing', 'app_crm'];
const names = ['moments', ...accessViews.map(({ name }) => name)];

const config = (masterKey: string): Config => readConfig({ LOG_LEVEL: 'silent', GRANTRAIL_MASTER_KEY: masterKey });

/** A log whose positions are not those of the other one: three apart, and from 100 on. */
const spread = (log: EventStore): EventStore => {
  const there = (position: bigint): bigint => (position === 0n ? 0n : 100n + position * 3n);
  const here = (position: bigint): bigint => (position < 103n ? 0n : (position - 100n) / 3n);
  const moved = (event: RecordedEvent): RecordedEvent => ({ ...event, position: there(event.position) });
  return {
    ...log,
    append: async (...given) => {
      const { revision, position } = await log.append(...given);
      return { revision, position: there(position) };
    },
    readStream: async function* (...given) {
      for await (const event of log.readStream(...given)) yield moved(event);
    },
    follow: async function* ({ after, ...rest }) {
      for await (const { events, position, live } of log.follow({ ...rest, after: here(after) }))
        yield { events: events.map(moved), position: there(position), live };
    },
    head: async () => there(await log.head()),
  };
};

describe('an installation that is moved', () => {
  let [source, target]: readonly Kept[] = [];
  let before: Installation;
  let after: Installation;
  let running: Installation[];
  let annId: string;
  let clock: string;

  const masterKey = randomBytes(32).toString('base64');
  const enginesOf = (stores: Kept): Engines => ({
    ...stores.engines(),
    ...(stores === target && { log: spread(stores.engines().log) }),
  });
  const started = async (stores: Kept): Promise<Installation> => {
    const installation = installationOn(enginesOf(stores), { GRANTRAIL_MASTER_KEY: masterKey });
    running.push(installation);
    await installation.start(busOf(() => installation.access));
    return installation;
  };
  const caughtUp = async ({ views, engines }: Installation): Promise<void> => {
    const head = await engines.log.head();
    for (const name of names) expect(await views.waitFor(name, head, { timeoutMs: 5_000 })).toBe(true);
  };
  const move = (parts: { config?: Config; source?: Engines; target?: Engines } = {}): Promise<MovedInstallation> =>
    moveInstallation({
      config: config(masterKey),
      source: enginesOf(source!),
      target: enginesOf(target!),
      signal: new AbortController().signal,
      ...parts,
    });

  /** Acme, where Ann has joined, got another role and lost an application; Ben is invited, and Cyd was erased. */
  const live = async ({ access, engines }: Installation): Promise<void> => {
    const so = (command: CallerContext) => run(access, command);
    const owner = { userId: '', firstName: 'Olga', lastName: 'Owner', email: 'olga@example.com' };
    for (const [applicationId, name] of [
      [billing, 'Billing'],
      [crm, 'CRM'],
    ] as const) {
      await so(new RegisterApplication({ applicationId, name, assignableBy: 'admins' }, keyed(name)));
      await so(new ActivateApplication({ applicationId }, keyed(`activate ${name}`)));
    }
    await so(new OpenAccount({ accountId, name: 'Acme', owner }, keyed('open')));
    await so(new AssignApplication({ accountId, applicationIds: [billing, crm] }, keyed('assign')));
    for (const firstName of ['Ann', 'Ben', 'Cyd']) {
      const person = { userId: '', firstName, lastName: 'Lee', email: `${firstName.toLowerCase()}@example.com` };
      const applicationIds = [billing];
      const invite = new InviteUser({ accountId, ...person, role: 'staff', applicationIds }, keyed(firstName));
      const { id: invitationId } = await so(invite);
      const { userId, tokenSha256 } = await access.account(accountId, ({ invitations }) => ({
        ...invitations.get(invitationId)!,
      }));
      if (firstName !== 'Ben')
        await so(new AcceptInvitation({ accountId, invitationId, tokenSha256 }, keyed(`accept ${firstName}`)));
      if (firstName === 'Ann') annId = userId;
      if (firstName === 'Cyd') {
        const erased = systemContext(userId, 'erase');
        await access.decide(userAggregate, userId, erased, () => [fact('UserErased', { userId })]);
        await engines.vault.bury(userId, erased.now);
      }
    }
    const reason = { reason: 'moved to audit' };
    await so(new ChangeRole({ accountId, userId: annId, role: 'viewer' }, keyed('role', operator, reason)));
    await so(new GrantAccess({ accountId, userId: annId, applicationIds: [crm] }, keyed('grant')));
    await so(new RevokeAccess({ accountId, userId: annId, applicationId: billing }, keyed('revoke')));
  };

  beforeEach(async () => {
    [source, target] = [kept(), kept()];
    running = [];
    before = await started(source);
    await live(before);
    await caughtUp(before);
    clock = new Date().toISOString();
  });
  afterEach(async () => {
    for (const installation of running) await installation.stop();
    await Promise.all([source!.remove(), target!.remove()]);
  });

  const by = () => ({ caller: operator, now: clock });
  const page = (rest: object = {}) => ({ limit: 50, count: false, filters: {}, ...rest });
  const eventsOfSource = (): readonly RecordedEvent[] => source!.log.events;
  /** Text with every position of the old log as the new log has it. */
  const moved = (value: unknown): unknown => {
    const text = JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? formatPosition(one) : one));
    const there = (position: string): string => formatPosition(100n + BigInt(position) * 3n);
    return JSON.parse(text.replaceAll(/(?<=")\d{20}(?=")/g, there));
  };
  const unmoved = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? formatPosition(one) : one)));

  const rowsOf = ({ views }: Installation, name: string): Promise<readonly RowVersion[]> =>
    views.read(name, async (live) => {
      const rows: RowVersion[] = [];
      for await (const batch of views.store.scan(live)) rows.push(...batch);
      return rows;
    });

  const stopBoth = async (): Promise<MovedInstallation> => {
    await before.stop();
    const told = await move();
    after = await started(target!);
    await caughtUp(after);
    return told;
  };

  it('has the same rows in every view, at the positions of its new log', async () => {
    const told = await stopBoth();
    expect(told.log.events).toBe(eventsOfSource().length);
    const last = 100n + BigInt(eventsOfSource().length) * 3n;
    for (const name of names) {
      const rows = (await rowsOf(after, name)).filter(({ from }) => from <= last);
      expect(rows.length).toBeGreaterThan(0);
      expect(unmoved(rows)).toEqual(moved(await rowsOf(before, name)));
    }
  });

  it('answers for every past moment what it answered before, asked by the old position', async () => {
    const asked = (reading: Installation['reading'], asOf: string) =>
      Promise.all([
        listUsers(new ListUsers({ accountId, parameters: page({ asOf }) }, by()), reading),
        listAuditLog(new ListAuditLog({ parameters: page({ asOf, limit: 200 }) }, by()), reading),
        ...[billing, crm].map((applicationId) =>
          answerCheck(new Check({ checks: [{ accountId, userId: annId, applicationId }], asOf }, by()), reading),
        ),
      ]);
    const answers = [];
    for (const { position } of eventsOfSource()) answers.push(await asked(before.reading, formatPosition(position)));
    const { from } = await stopBoth();
    for (const [index, { position }] of eventsOfSource().entries())
      expect(unmoved(await asked(after.reading, `${from}:${formatPosition(position)}`))).toEqual(moved(answers[index]));
  });

  it('tells the same differences between old positions', async () => {
    const [first, last] = [eventsOfSource().find(({ type }) => type === 'MemberJoined'), eventsOfSource().at(-1)];
    const between = (reading: Installation['reading'], log: string) => {
      const [start, end] = [first!, last!].map(({ position }) => `${log}${formatPosition(position)}`);
      return diff(new Diff({ from: start, to: end, accountId, limit: 50 }, by()), reading);
    };
    const told = await between(before.reading, '');
    expect(told.items.length).toBeGreaterThan(1);
    const { from } = await stopBoth();
    expect(unmoved(await between(after.reading, `${from}:`))).toEqual(moved(told));
  });

  it('checks today’s questions the same, and goes on being written to', async () => {
    const check = (reading: Installation['reading'], applicationId: string) =>
      answerCheck(new Check({ checks: [{ accountId, userId: annId, applicationId }] }, by()), reading);
    const answers = [await check(before.reading, billing), await check(before.reading, crm)];
    await stopBoth();
    for (const [index, applicationId] of [billing, crm].entries()) {
      const { allowed, because, validUntil } = answers[index]!;
      expect(await check(after.reading, applicationId)).toMatchObject({ allowed, because, validUntil });
    }
    await run(after.access, new RevokeAccess({ accountId, userId: annId, applicationId: crm }, keyed('later')));
    expect(await check(after.reading, crm)).toMatchObject({ allowed: false });
    const inviteAgain = new InviteUser(
      { accountId, userId: '', firstName: 'Ann', lastName: 'Lee', email: 'ANN@example.com', role: 'staff' },
      keyed('again'),
    );
    await expect(run(after.access, inviteAgain)).rejects.toMatchObject({ code: 'already-member' });
  });

  it('recognises a command that was given before', async () => {
    await stopBoth();
    const again = new RevokeAccess({ accountId, userId: annId, applicationId: billing }, keyed('revoke'));
    expect((await run(after.access, again)).outcome).toMatchObject({ replayed: true });
  });

  it('goes by a new id, and refuses cursors and feed places of the old log', async () => {
    const { logId: own } = (await getPlatform(new GetPlatform({}, by()), before.reading)).answer;
    const signal = new AbortController().signal;
    const renew = () => Promise.resolve(operator);
    const feed = (reading: Installation['reading'], place?: string) =>
      followAccessChanges(
        new FollowAccessChanges({ filters: {}, after: place, limit: 1, wait: 0, signal, renew }, by()),
        reading,
      );
    const { nextAfter } = await feed(before.reading);
    const list = (reading: Installation['reading'], cursor?: string) =>
      listUsers(new ListUsers({ accountId, parameters: page({ limit: 1, cursor }) }, by()), reading);
    const { nextCursor } = await list(before.reading);
    const { from, logId } = await stopBoth();
    expect(from).toBe(own);
    expect(logId).not.toBe(own);
    expect((await getPlatform(new GetPlatform({}, by()), after.reading)).answer.logId).toBe(logId);
    await expect(feed(after.reading, nextAfter)).rejects.toMatchObject({ code: 'position-of-another-log' });
    await expect(list(after.reading, nextCursor!)).rejects.toMatchObject({ code: 'cursor-invalid' });
    const { nextCursor: newCursor } = await list(after.reading);
    expect((await list(after.reading, newCursor!)).items).toHaveLength(1);
  });

  it('turns an old position into its own', async () => {
    const { from, logId } = await stopBoth();
    const { position, recordedAt } = eventsOfSource().at(-1)!;
    const ask = async (at: string) => (await getPosition(new GetPosition({ at }, by()), after.reading)).answer;
    const there = formatPosition(100n + position * 3n);
    expect(await ask(`${from}:${position}`)).toEqual({ at: recordedAt, position: there });
    expect(await ask(`${logId}:${there}`)).toEqual({ at: recordedAt, position: there });
    await expect(ask(`${from}:${position + 1n}`)).rejects.toMatchObject({ code: 'position-unknown' });
  });

  it('mails nobody twice, and whoever was not mailed yet', async () => {
    const mailed = async (stores: Kept): Promise<readonly string[]> => {
      const { mailFolder } = stores.engines();
      const files = (await readdir(mailFolder).catch(() => [])).filter((file) => file.endsWith('.json'));
      const mails = await Promise.all(files.map((file) => readFile(join(mailFolder, file), 'utf8')));
      return mails.map((mail) => (JSON.parse(mail) as KeptMail).to).sort();
    };
    const allSent = async ({ engines, reactors }: Installation): Promise<void> => {
      const head = await engines.log.head();
      for (const reactor of reactors) expect(await reactor.waitFor(head, { timeoutMs: 5_000 })).toBe(true);
      while ((await engines.jobs.counts('mail')).waiting > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await allSent(before);
    expect(await mailed(source!)).toEqual(expect.arrayContaining(['ben@example.com', 'olga@example.com']));
    await before.stop();
    const dan = { firstName: 'Dan', lastName: 'Lee', email: 'dan@example.com' };
    await run(before.access, new InviteUser({ accountId, userId: '', ...dan, role: 'staff' }, keyed('dan')));
    await move();
    after = await started(target!);
    await allSent(after);
    expect(await mailed(target!)).toEqual(['dan@example.com']);
  });

  it('is not served before it is whole', async () => {
    await before.stop();
    const broken = enginesOf(target!);
    let left = 5;
    const append: EventStore['append'] = (...given) => {
      left -= 1;
      return left < 0 ? Promise.reject(new Error('killed')) : broken.log.append(...given);
    };
    await expect(move({ target: { ...broken, log: { ...broken.log, append } } })).rejects.toThrow('killed');
    const half = installationOn(enginesOf(target!), { GRANTRAIL_MASTER_KEY: masterKey });
    await expect(half.start(busOf(() => half.access))).rejects.toThrow(/unfinished copy of log_/);
    await expect(half.renewOperatorKey()).rejects.toThrow(/unfinished copy/);
    await expect(move({ source: enginesOf(target!), target: kept().engines() })).rejects.toThrow(/unfinished copy/);
    await move();
    after = await started(target!);
    expect(after.reactors.length).toBeGreaterThan(0);
  });

  it('is refused while a process works on either side', async () => {
    await before.stop();
    const leasesOf = (stores: Kept, owner: string) =>
      new VaultLeases(stores.engines().vault, owner, { durationMs: 200 });
    for (const [side, stores] of [
      ['source', source!],
      ['target', target!],
    ] as const) {
      const [begun, end] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
      const holding = leasesOf(stores, 'a worker').inTurn('timer', () => {
        begun.resolve(undefined);
        return end.promise;
      });
      await begun.promise;
      const shared = { ...enginesOf(stores), leases: leasesOf(stores, 'the migration') };
      await expect(move({ [side]: shared })).rejects.toThrow(`The ${side} is in use`);
      end.resolve(undefined);
      await holding;
    }
    expect(await target!.engines().log.head()).toBe(0n);
  });

  it('is refused with another master key, in a line that says which', async () => {
    await before.stop();
    const other = config(randomBytes(32).toString('base64'));
    const refused = async () => (await move({ config: other }).catch((error: unknown) => error)) as Error;
    expect((await refused()).message).toMatch(
      /^GRANTRAIL_MASTER_KEY does not open the key of usr_\w+: give the one .*$/,
    );
    const { masterKeyFile } = source!.engines();
    writeFileSync(masterKeyFile, masterKey, { mode: 0o600 });
    expect((await refused()).message).toContain(`export GRANTRAIL_MASTER_KEY="$(cat ${masterKeyFile})"`);
    expect(await target!.engines().log.head()).toBe(0n);
  });

  it('is refused when there is nothing to move', async () => {
    await before.stop();
    await expect(move({ source: kept().engines(), target: kept().engines() })).rejects.toThrow('holds no data yet');
  });
});
