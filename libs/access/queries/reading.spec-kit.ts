import { CommandLoop } from '#eventing/command-loop.js';
import { upcast } from '#eventing/event-types.js';
import { inMemoryEventStore } from '#eventing/in-memory/event-store.js';
import { inMemoryVault } from '#eventing/in-memory/vault.js';
import { inMemoryViewStore } from '#eventing/in-memory/view-store.js';
import { ownLeases } from '#eventing/leases.js';
import { randomId } from '#eventing/ids.js';
import type { JsonObject } from '#eventing/json.js';
import type { EventSealer } from '#eventing/event-sealer.js';
import { Refusal } from '#eventing/refusal.js';
import { ViewReader } from '#eventing/view-reader.js';
import { Views } from '#eventing/views.js';
import { blindIndexer } from '#privacy/claims.js';
import { eventSealer } from '#privacy/event-sealer.js';
import { Privacy } from '#privacy/privacy.js';
import { openText, sealText } from '#privacy/sealed-text.js';
import { Access } from '../access.js';
import type { Caller } from '../caller.js';
import { type AccessFact, type EventDataOf, eventTypes, fact } from '../events.js';
import { streamOfFact } from '../fact-stream.js';
import { builtInRoles } from '../role/role-table.js';
import { accessViews } from '../views/all.js';
import type { ListParameters } from './list.js';
import type { QueryContext, Reading } from './query.js';

const start = Date.parse('2026-03-01T12:00:00.000Z');
const minuteMs = 60_000;

/** When the n-th event was recorded, from 1: a minute apart. */
export const at = (n: number): string => new Date(start + n * minuteMs).toISOString();
/** The readers' clock: after all that happens. */
export const now = at(100_000);

export const operator: Caller = { kind: 'user', id: 'usr_op', permissions: ['*@platform'] };
export const person = (id: string): Caller => ({ kind: 'user', id, permissions: [] });
export const accountKey = (accountId: string, ...permissions: string[]): Caller => ({
  kind: 'service',
  id: 'key_account',
  scope: { kind: 'account', accountId },
  permissions,
  expiresAt: null,
});
export const applicationKey = (applicationId: string, ...permissions: string[]): Caller => ({
  kind: 'service',
  id: 'key_application',
  scope: { kind: 'application', applicationId },
  permissions,
  expiresAt: null,
});

export const by = (caller: Caller, clock = now): QueryContext => ({ caller, now: clock });

export const parameters = (
  filters: Readonly<Record<string, string>> = {},
  rest: Partial<Omit<ListParameters, 'filters'>> = {},
): ListParameters => ({ limit: 50, count: false, filters, ...rest });

/** Who decided what is recorded next, and why. */
export interface Decided {
  readonly actor?: { readonly kind: 'user' | 'service' | 'system'; readonly id: string };
  readonly reason?: string;
  readonly ticket?: string;
}

export interface GivenReading {
  readonly reading: Reading;
  readonly views: Views;
  readonly sealer: EventSealer;
  /** Records facts, decided by Olga unless told otherwise, and waits until all views show them; gives the last position. */
  readonly record: (facts: readonly AccessFact[], decided?: Decided) => Promise<bigint>;
  /** Erases a person: the fact, then the key. */
  readonly erase: (userId: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The real views and states over a log in memory, with the built-in roles in it. */
export const givenReading = async (): Promise<GivenReading> => {
  let recorded = 0;
  const clock = (): Date => new Date(start + recorded * minuteMs);
  const log = inMemoryEventStore({ clock });
  const vault = inMemoryVault();
  const master = new Uint8Array(32).fill(7);
  const privacy = new Privacy(vault, master);
  const sealer = eventSealer(eventTypes, privacy);
  const loop = new CommandLoop({ store: log, types: eventTypes, sealer, sharedLog: true });
  const access = new Access(loop, { plans: ['free', 'pro'] }, vault, ownLeases(), privacy, blindIndexer(master), () =>
    Promise.resolve([]),
  );
  const store = inMemoryViewStore();
  const views = new Views({
    views: accessViews,
    log,
    store,
    reading: { upcast: (event) => upcast(eventTypes, event), open: (event) => sealer.open(event) },
  });
  await views.start();
  const names = ['moments', ...accessViews.map(({ name }) => name)];

  const append = async (one: AccessFact, { actor, reason, ticket }: Decided): Promise<void> => {
    const stream = streamOfFact(one);
    let last: bigint | 'no-stream' = 'no-stream';
    for await (const event of log.readStream(stream)) last = event.revision;
    const { kind, id } = actor ?? { kind: 'user', id: 'usr_olga' };
    const told = { ...(reason !== undefined && { reason }), ...(ticket !== undefined && { ticket }) };
    const metadata = { actorKind: kind, actorId: id, correlationId: 'cor_1', ...told };
    const event = { id: randomId('evt'), type: one.type, data: one.data as JsonObject, metadata };
    recorded += 1;
    await log.append(stream, last, [await sealer.seal(stream, event)]);
  };
  const record: GivenReading['record'] = async (facts, decided = {}) => {
    for (const one of facts) await append(one, decided);
    const head = await log.head();
    await Promise.all(names.map((name) => views.waitFor(name, head)));
    return head;
  };

  await record(
    [...builtInRoles].map(([roleId, role]) =>
      fact('RoleDefined', { ...role, roleId, permissions: [...role.permissions], builtIn: true, accountId: undefined }),
    ),
    { actor: { kind: 'system', id: 'system' } },
  );
  return {
    reading: {
      reader: new ViewReader(views),
      access,
      privacy,
      sealing: { seal: (text) => sealText(master, text), open: (sealed) => openText(master, sealed) },
      platformName: 'Grantrail',
    },
    views,
    sealer,
    record,
    erase: async (userId) => {
      await record([fact('UserErased', { userId })]);
      await privacy.erase(userId, now);
    },
    close: async () => {
      await views.stop();
      await log.close();
    },
  };
};

export const opened = (accountId: string, name: string, plan = 'pro'): AccessFact =>
  fact('AccountOpened', { accountId, name, plan, externalId: undefined });

export const registered = (
  applicationId: string,
  name: string,
  rest: Partial<EventDataOf<'ApplicationRegistered'>> = {},
): AccessFact =>
  fact('ApplicationRegistered', {
    applicationId,
    name,
    description: undefined,
    homeUrl: undefined,
    externalId: undefined,
    publisherAccountId: undefined,
    ownerId: undefined,
    assignableBy: 'admins',
    ...rest,
  });

export const activated = (applicationId: string): AccessFact => fact('ApplicationActivated', { applicationId });

export const assigned = (accountId: string, applicationId: string): AccessFact =>
  fact('ApplicationAssigned', { accountId, applicationId, origin: 'assigned' });

const emailOf = (name: string): string => `${name.toLowerCase().replaceAll(' ', '.')}@example.com`;

/** A person known to the product, who joins an account. */
export const joined = (accountId: string, userId: string, name: string, role = 'staff'): AccessFact[] => {
  const [firstName = '', lastName = ''] = name.split(' ');
  const named = { firstName, lastName, email: emailOf(name) };
  return [
    fact('UserRegistered', { userId, ...named }),
    fact('MemberJoined', { accountId, userId, role, teamId: undefined, ...named }),
  ];
};

export const invited = (
  accountId: string,
  userId: string,
  name: string,
  rest: Partial<EventDataOf<'UserInvited'>> = {},
): AccessFact => {
  const [firstName = '', lastName = ''] = name.split(' ');
  return fact('UserInvited', {
    accountId,
    invitationId: `inv_${userId}`,
    issue: 1,
    userId,
    role: 'staff',
    applicationIds: [],
    teamId: undefined,
    expiresAt: at(50_000),
    tokenSha256: 'a'.repeat(64),
    firstName,
    lastName,
    email: emailOf(name),
    ...rest,
  });
};

export const granted = (
  accountId: string,
  userId: string,
  applicationId: string,
  rest: Partial<EventDataOf<'AccessGranted'>> = {},
): AccessFact =>
  fact('AccessGranted', {
    accountId,
    grantId: `grt_${accountId}_${userId}_${applicationId}`,
    userId,
    applicationId,
    origin: 'assigned',
    role: undefined,
    expiresAt: undefined,
    ...rest,
  });

/** The refusal that a question ends with, by code and details. */
export const refusalOf = async (asked: Promise<unknown>): Promise<{ code: string } & Record<string, unknown>> => {
  try {
    await asked;
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code, ...error.details };
    throw error;
  }
  throw new Error('it was not refused');
};
