import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Access } from '#access/access.js';
import { AcceptInvitation } from '#access/account/accept-invitation.js';
import { InviteUser } from '#access/account/invite-user.js';
import { OpenAccount } from '#access/account/open-account.js';
import { IssueApiKey } from '#access/api-key/issue-api-key.js';
import { apiKeyIdOf, apiKeySha256, newApiKeySecret } from '#access/api-key/secret.js';
import { RegisterApplication } from '#access/application/register-application.js';
import type { CallerContext } from '#access/caller.js';
import { mailInvitations, mailQueue } from '#delivery/mail/mail-invitations.js';
import { StoreUnavailable } from '#eventing/event-store.js';
import type { Engines } from './engines.js';
import { installationOn, type Kept, kept, keyed, prepared, run } from './installation.spec-kit.js';

type When = 'before' | 'after';

/** Engines whose n-th call to the log or the vault fails, before it was done or after. */
const failingAt = (engines: Engines, n: number, when: When): { engines: Engines; hasFailed: () => boolean } => {
  let calls = 0;
  const failing = <Part extends object>(part: Part, names: readonly (keyof Part)[]): Part => {
    const wrapped = names.map((name) => {
      const method = part[name] as (...args: unknown[]) => Promise<unknown>;
      const call = async (...args: unknown[]): Promise<unknown> => {
        calls += 1;
        const fails = calls === n;
        if (fails && when === 'before') throw new StoreUnavailable('power cut');
        const result = await method.apply(part, args);
        if (fails) throw new StoreUnavailable('power cut');
        return result;
      };
      return [name, call] as const;
    });
    return { ...part, ...Object.fromEntries(wrapped) };
  };
  const log = failing(engines.log, ['append', 'head']);
  const vault = failing(engines.vault, ['key', 'addKey', 'claimHolder', 'claim', 'moveClaim', 'releaseClaim']);
  return { engines: { ...engines, log, vault }, hasFailed: () => calls >= n };
};

const accountId = 'acc_crash';
const person = { firstName: 'Ann', lastName: 'Lee', email: 'Ann@Example.com' };
const openAccount = (key = 'open', email = person.email) =>
  new OpenAccount(
    { accountId, name: 'Acme', externalId: 'acme-1', owner: { userId: '', ...person, email } },
    keyed(key),
  );

const inviteUser = (key: string, email: string) =>
  new InviteUser({ accountId, userId: '', ...person, email, role: 'staff' }, keyed(key));

const secret = newApiKeySecret(new Uint8Array(32));

interface Scenario {
  readonly given?: (access: Access) => Promise<unknown>;
  readonly command: (access: Access) => Promise<CallerContext> | CallerContext;
}

const open = (access: Access) => run(access, openAccount());

const scenarios: Readonly<Record<string, Scenario>> = {
  'opening an account': { command: () => openAccount() },
  'inviting somebody new': { given: open, command: () => inviteUser('invite', 'ben@example.com') },
  'inviting somebody known elsewhere': {
    given: async (access) => {
      await open(access);
      await run(
        access,
        new OpenAccount(
          { accountId: 'acc_other', name: 'Other', owner: { userId: '', ...person, email: 'ben@example.com' } },
          keyed('other'),
        ),
      );
    },
    command: () => inviteUser('invite', 'BEN@example.com'),
  },
  'registering an application that an account publishes': {
    given: open,
    command: () =>
      new RegisterApplication(
        { applicationId: 'app_crash', name: 'Billing', externalId: 'b-1', publisherAccountId: accountId },
        keyed('register'),
      ),
  },
  'accepting under another name': {
    given: open,
    command: async (access) => {
      const invitation = await access.account(accountId, ({ invitations }) => [...invitations.values()][0]!);
      const { id: invitationId, tokenSha256 } = invitation;
      return new AcceptInvitation(
        { accountId, invitationId, tokenSha256, firstName: 'Anna', lastName: 'Lee-Ray' },
        keyed('accept'),
      );
    },
  },
  'issuing an api key': {
    given: open,
    command: () =>
      new IssueApiKey(
        {
          keyId: apiKeyIdOf(secret),
          secretSha256: apiKeySha256(secret),
          name: 'Sync',
          scope: { kind: 'account', accountId },
          permissions: ['members:view'],
        },
        keyed('issue'),
      ),
  },
};

describe.each(Object.entries(scenarios))('a crash while %s', (_, { given, command }) => {
  let stores: Kept[];
  beforeEach(() => {
    stores = [];
  });
  afterEach(() => Promise.all(stores.map((one) => one.remove())));

  const world = async (): Promise<Kept> => {
    const one = kept();
    stores.push(one);
    const access = await prepared(installationOn(one.engines()));
    await given?.(access);
    return one;
  };

  /** All that the log holds and nothing sealed, in the order of each stream. */
  const story = ({ log }: Kept) =>
    Object.fromEntries(
      [...log.streams]
        .filter(([stream]) => !/^(platform|role|apiKey-(?!.*crash))/.test(stream))
        .map(([stream, events]) => [stream, events.map(({ id, type }) => `${type} ${id}`)]),
    );

  const mailsQueued = async ({ log, engines }: Kept): Promise<number> => {
    const { jobs } = engines();
    const reactor = mailInvitations(jobs);
    for (const event of log.events) if (reactor.types.includes(event.type)) await reactor.react(event);
    return (await jobs.counts(mailQueue)).waiting;
  };

  it.each(['before', 'after'] as const)(
    'ends, asked again, as if nothing had happened (%s any call to a store)',
    async (when) => {
      const whole = await world();
      const access = installationOn(whole.engines()).access;
      const { id, outcome, more } = await run(access, await command(access));
      const [expected, mails] = [story(whole), await mailsQueued(whole)];

      for (let n = 1; ; n += 1) {
        const broken = await world();
        const { engines, hasFailed } = failingAt(broken.engines(), n, when);
        const crashing = installationOn(engines).access;
        const asked = await command(installationOn(broken.engines()).access);
        const first = await run(crashing, asked).catch((error: unknown) => error);
        if (!hasFailed()) {
          expect(n).toBeGreaterThan(1);
          break;
        }
        // Some faults are survived; then the answer to the repetition is a replay.
        if (first instanceof Error) expect(first).toBeInstanceOf(StoreUnavailable);
        const again = n % 2 === 0 ? crashing : installationOn(broken.engines()).access;
        const done = await run(again, asked);
        expect([n, done]).toMatchObject([n, { id, ...(more && { more }) }]);
        expect([n, done.outcome.events]).toEqual([n, outcome.events]);
        expect([n, story(broken)]).toEqual([n, expected]);
        expect([n, await mailsQueued(broken)]).toEqual([n, mails]);
      }
    },
  );
});

describe('a crash while starting for the first time', () => {
  it('leaves an installation whose operator gets in', async () => {
    for (const when of ['before', 'after'] as const)
      for (let n = 1; ; n += 1) {
        const one = kept();
        const { engines, hasFailed } = failingAt(one.engines(), n, when);
        const first = await prepared(installationOn(engines)).catch((error: unknown) => error);
        if (hasFailed()) expect(first).toBeInstanceOf(StoreUnavailable);

        const restarted = installationOn(one.engines());
        const issuedBefore = keysIn(one);
        const { newOperatorKey } = await restarted.start({} as never);
        await restarted.stop();
        // Printed now, or made before the crash and told to nobody.
        expect(newOperatorKey === null).toBe(issuedBefore.length > 0);

        const fresh = await installationOn(one.engines()).renewOperatorKey();
        const revoked = new Set(
          one.log.events.filter(({ type }) => type === 'ApiKeyRevoked').map(({ data }) => data['keyId']),
        );
        expect(keysIn(one).filter((id) => !revoked.has(id))).toEqual([apiKeyIdOf(fresh)]);
        await one.remove();
        if (!hasFailed()) break;
      }
  }, 60_000);

  const keysIn = ({ log }: Kept) =>
    log.events.filter(({ type }) => type === 'ApiKeyIssued').map(({ data }) => data['keyId'] as string);
});

describe('a given operator key', () => {
  const given = `grk_${'a'.repeat(43)}`;
  const startWith = async (stores: Kept) => {
    const installation = installationOn(stores.engines(), { GRANTRAIL_OPERATOR_KEY: given });
    try {
      return await installation.start({} as never);
    } finally {
      await installation.stop();
    }
  };

  it('never locks everybody out for a key that may do less', async () => {
    const stores = kept();
    const access = await prepared(installationOn(stores.engines()));
    const weak = { keyId: apiKeyIdOf(given), secretSha256: apiKeySha256(given), name: 'Reports' };
    const scope = { kind: 'platform' } as const;
    await run(access, new IssueApiKey({ ...weak, scope, permissions: ['accounts:view'] }, keyed('weak')));
    await expect(startWith(stores)).rejects.toThrow('choose a new one');
    expect(stores.log.events.some(({ type }) => type === 'ApiKeyRevoked')).toBe(false);
    await stores.remove();
  });

  it('takes the place of the printed one', async () => {
    const stores = kept();
    await prepared(installationOn(stores.engines()));
    expect(await startWith(stores)).toMatchObject({ newOperatorKey: null });
    expect(stores.log.events.filter(({ type }) => type === 'ApiKeyRevoked')).toHaveLength(1);
    expect(await startWith(stores)).toMatchObject({ newOperatorKey: null });
    await stores.remove();
  });
});
