import { expect, it } from '@jest/globals';
import type { Access } from '#access/access.js';
import type { Account } from '#access/account/account.js';
import { stillGives } from '#access/account/invitation.js';
import type { Application } from '#access/application/application.js';
import { platformAggregate, platformId } from '#access/platform/platform.js';
import { accessViews } from '#access/views/all.js';
import type { JsonObject } from '#eventing/json.js';
import type { Installation } from './installation.js';
import { installationOn, kept, prepared } from './installation.spec-kit.js';
import { accountIds, applicationIds, Life } from './model.spec-kit.js';

const seeds = 200;
const steps = 60;

type Rows = Readonly<Record<string, JsonObject>>;
/** What a view's rows must say, and nothing else of them. */
type Said = Readonly<Record<string, object>>;

const rowsOf = async (installation: Installation, view: string): Promise<Rows> => {
  const { reader } = installation.reading;
  const moment = await reader.moment([view], { now: new Date() });
  const order = { column: 'key', descending: false };
  const { rows } = await reader.page(view, { moment, where: [], order, limit: 10_000 });
  return Object.fromEntries(rows.map(({ key, body }) => [key, body]));
};

const byKey = <Thing>(things: Iterable<Thing>, line: (thing: Thing) => readonly [string, object]): Said =>
  Object.fromEntries([...things].map(line));

const standingAccesses = (account: Account) =>
  [...account.members.values()].flatMap(({ accesses }) => [...accesses.values()]);
const pendingOf = (account: Account) => [...account.pending.values()].map((id) => account.invitations.get(id)!);

type Names = ReadonlyMap<string, { readonly firstName: string; readonly lastName: string; readonly email: string }>;

const saidOf: Readonly<
  Record<string, (account: Account, applications: ReadonlyMap<string, Application>, names: Names) => Said>
> = {
  accounts: (account) => {
    const users = [...account.members.values()].filter(({ status }) => status !== 'removed').length;
    const counts = { users, applications: account.assignments.size, invitations: account.pending.size };
    return { [account.id]: { status: account.status, counts, ownerIds: [...account.owners].sort() } };
  },
  'account-applications': ({ id, assignments }) =>
    byKey(assignments.values(), ({ applicationId, origin, holders }) => [
      `${id}/${applicationId}`,
      { applicationId, origin, users: holders.size },
    ]),
  members: (account, _, names) => {
    const pending = new Map(pendingOf(account).map((invitation) => [invitation.userId, invitation]));
    const invited = byKey(pending.values(), ({ id, userId, role }) => [
      `${account.id}/${userId}`,
      { status: 'invited', role, invitationId: id },
    ]);
    const joined = [...account.members.values()].filter(({ userId }) => !pending.has(userId));
    const others = byKey(joined, ({ userId, role, status, revision }) => [
      `${account.id}/${userId}`,
      {
        status,
        role,
        invitationId: null,
        former: null,
        ...names.get(userId),
        ...(status === 'active' && { revision: revision.toString() }),
      },
    ]);
    return { ...invited, ...others };
  },
  'user-applications': (account) =>
    byKey(standingAccesses(account), ({ userId, applicationId, grantId, origin, role, expiresAt }) => [
      `${account.id}/${userId}/${applicationId}`,
      { grantId, origin, role, expiresAt },
    ]),
  'shared-accounts': (account, applications, names) => {
    const active = new Map([...applications].map(([id, state]) => [id, { ...state, status: 'active' as const }]));
    const promised = pendingOf(account).flatMap((invitation) =>
      [...invitation.applications.keys()]
        .filter((applicationId) => stillGives(account, invitation, applicationId, active))
        .map((applicationId) => ({ applicationId, ...invitation })),
    );
    return {
      ...byKey(promised, ({ userId, applicationId, role, expiresAt }) => [
        `${account.id}/${userId}/${applicationId}`,
        { status: 'invited', role, expiresAt, grantId: null },
      ]),
      ...byKey(standingAccesses(account), ({ userId, applicationId, grantId, role, expiresAt }) => [
        `${account.id}/${userId}/${applicationId}`,
        {
          status: 'active',
          grantId,
          ownRole: role,
          expiresAt,
          role: account.members.get(userId)?.role,
          ...names.get(userId),
        },
      ]),
    };
  },
  invitations: (account, applications) =>
    byKey(account.invitations.values(), (invitation) => {
      const { id, userId, role, status, issue, expiresAt, tokenSha256, revision } = invitation;
      const lost = [...invitation.applications.keys()].filter((applicationId) =>
        status === 'pending'
          ? !stillGives(account, invitation, applicationId, applications)
          : invitation.lostApplicationIds.includes(applicationId),
      );
      const told = { userId, role, status, issue, expiresAt, tokenSha256, revision: revision.toString() };
      return [id, status === 'pending' || status === 'accepted' ? { ...told, lost: lost.sort() } : told];
    }),
  due: (account) => ({
    ...byKey(pendingOf(account), ({ id, issue, expiresAt }) => [`invitation/${id}`, { issue, dueAt: expiresAt }]),
    ...byKey(
      standingAccesses(account).filter(({ expiresAt }) => expiresAt !== null),
      ({ grantId, userId, applicationId, expiresAt }) => [
        `access/${grantId}`,
        { userId, applicationId, dueAt: expiresAt },
      ],
    ),
  }),
};

const applicationsOf = async (access: Access): Promise<ReadonlyMap<string, Application>> =>
  new Map(await Promise.all(applicationIds.map(async (id) => [id, (await access.application(id))!] as const)));

const applicationsSaid = async (access: Access): Promise<Said> => {
  const states = await applicationsOf(access);
  const isDefault = await access.loop.read(platformAggregate, platformId, (platform) => platform.defaultApplicationId);
  return byKey(states.values(), ({ id, name, status, publisherAccountId, revision }) => [
    id,
    { name, status, publisherAccountId, revision: revision.toString(), isDefault: isDefault === id },
  ]);
};

/** A row as far as the model speaks of it. */
const comparable = (view: string, row: JsonObject): object => {
  if (view === 'accounts') return { ...row, ownerIds: [...(row['ownerIds'] as string[])].sort() };
  if (view !== 'invitations') return row;
  const applications = row['applications'] as { applicationId: string; lost: string | null }[];
  return {
    ...row,
    lost: applications.flatMap(({ applicationId, lost }) => (lost === null ? [] : [applicationId])).sort(),
  };
};

const namesIn = async (access: Access, account: Account): Promise<Names> => {
  const people = [...account.members.keys()].map(async (id) => [id, (await access.person(id))!] as const);
  return new Map(await Promise.all(people));
};

const compare = async (installation: Installation): Promise<void> => {
  const { access } = installation;
  const applications = await applicationsOf(access);
  const expected = new Map<string, Record<string, object>>(Object.keys(saidOf).map((view) => [view, {}] as const));
  for (const accountId of accountIds) {
    const account = await access.account(accountId, (state) => state);
    const names = await namesIn(access, account);
    for (const [view, say] of Object.entries(saidOf))
      Object.assign(expected.get(view)!, say(account, applications, names));
  }
  expected.set('applications', { ...(await applicationsSaid(access)) });
  for (const [view, said] of expected) {
    const rows = Object.entries(await rowsOf(installation, view)).filter(([, row]) => row['kind'] !== 'member');
    expect([view, rows.map(([key]) => key).sort()]).toEqual([view, Object.keys(said).sort()]);
    expect(Object.fromEntries(rows.map(([key, row]) => [key, comparable(view, row)]))).toMatchObject(said);
  }
};

it('shows in every view what the rules decided, whatever happened', async () => {
  let taken = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const stores = kept();
    try {
      const life = new Life(await prepared(installationOn(stores.engines())), seed);
      await life.begin();
      await life.go(steps);
      taken += life.taken;
      // States come from the log alone, and each event has an id of its own.
      const installation = installationOn(stores.engines());
      const ids = stores.log.events.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      await installation.views.start();
      const head = BigInt(ids.length);
      await Promise.all(accessViews.map(({ name }) => installation.views.waitFor(name, head)));
      await compare(installation);
      await installation.views.stop();
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    } finally {
      await stores.remove();
    }
  }
  expect(taken).toBeGreaterThan(seeds * 15);
}, 120_000);
