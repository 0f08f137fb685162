import { randomBytes } from 'node:crypto';
import { type AccessFact, fact } from '#access/events.js';
import { streamOfFact } from '#access/fact-stream.js';
import { builtInRoles } from '#access/role/role-table.js';
import type { EventSealer } from '#eventing/event-sealer.js';
import type { EventStore, NewEvent } from '#eventing/event-store.js';
import { randomId } from '#eventing/ids.js';
import { Random } from '../system/random.js';

/** What one command decided, and who. */
interface Decided {
  readonly actorId: string;
  readonly facts: readonly AccessFact[];
}

interface Grant {
  readonly grantId: string;
  readonly applicationId: string;
}

interface Member {
  readonly userId: string;
  readonly name: { readonly firstName: string; readonly lastName: string; readonly email: string };
  role: string;
  readonly grants: Grant[];
}

interface Account {
  readonly accountId: string;
  readonly applicationIds: readonly string[];
  readonly members: Member[];
  readonly invited: (Member & { readonly invitationId: string })[];
}

const firstNames = ['Ann', 'Ben', 'Cleo', 'Dora', 'Emil', 'Fay', 'Gus', 'Hana', 'Ivo', 'Jana', 'Kofi', 'Lena'];
const lastNames = ['Lee', 'Meier', 'Novak', 'Okoye', 'Petit', 'Quast', 'Rossi', 'Silva', 'Tanaka', 'Ünal', 'Vogt'];
const roles = ['admin', 'staff', 'reader', 'viewer', 'auditor'];
const begun = Date.parse('2024-03-01T08:00:00.000Z');
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const eventsPerAccount = 400;
const applications = 60;

/** The history of a platform with many accounts: people are invited, join, are given applications, change and go. */
export class History {
  readonly #random: Random;
  readonly #applicationIds = Array.from({ length: applications }, () => randomId('app'));
  readonly #accounts: Account[] = [];
  #decided = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** What must be there before the first account. */
  *foundations(): Generator<Decided> {
    const by = (one: AccessFact): Decided => ({ actorId: 'system', facts: [one] });
    yield by(fact('PlatformStarted', { logId: randomId('log') }));
    for (const [roleId, role] of builtInRoles) {
      const shape = { ...role, roleId, permissions: [...role.permissions], builtIn: true, accountId: undefined };
      yield by(fact('RoleDefined', shape));
    }
    for (const [number, applicationId] of this.#applicationIds.entries()) {
      const unset = { description: undefined, homeUrl: undefined, externalId: undefined };
      const owned = { publisherAccountId: undefined, ownerId: undefined, assignableBy: 'admins' } as const;
      const name = `Application ${number}`;
      yield by(fact('ApplicationRegistered', { applicationId, name, ...unset, ...owned }));
      yield by(fact('ApplicationActivated', { applicationId }));
    }
  }

  /** What happens next, when so many events have happened. */
  next(events: number): Decided {
    const random = this.#random;
    this.#decided += 1;
    if (this.#accounts.length <= events / eventsPerAccount) return this.#opened();
    const account = random.of(this.#accounts) as Account;
    const member = random.of(account.members);
    if (member === undefined || account.invited.length > 5) return this.#joined(account) ?? this.#invited(account);
    const happened = random.weighted<() => readonly AccessFact[] | Decided | undefined>([
      [14, () => this.#invited(account)],
      [14, () => this.#joined(account)],
      [24, () => this.#granted(account, member)],
      [20, () => this.#revoked(account, member)],
      [14, () => this.#roleChanged(account, member)],
      [3, () => this.#removed(account, member)],
      [4, () => [fact('UserRenamed', { userId: member.userId, firstName: 'Renata', lastName: 'Neu' })]],
      [0.3, () => [...this.#removed(account, member), fact('UserErased', { userId: member.userId })]],
    ])();
    if (happened === undefined) return this.#invited(account);
    return 'facts' in happened ? happened : { actorId: account.members[0]?.userId ?? 'system', facts: happened };
  }

  #opened(): Decided {
    const random = this.#random;
    const first = random.below(applications - 12);
    const applicationIds = this.#applicationIds.slice(first, first + 4 + random.below(8));
    const account = { accountId: randomId('acc'), applicationIds, members: [], invited: [] };
    this.#accounts.push(account);
    const { accountId } = account;
    const name = `Account ${this.#accounts.length}`;
    const opened = fact('AccountOpened', { accountId, name, plan: 'pro', externalId: undefined });
    const assigned = applicationIds.map((applicationId) =>
      fact('ApplicationAssigned', { accountId, applicationId, origin: 'assigned' }),
    );
    return { actorId: 'key_operator', facts: [opened, ...assigned] };
  }

  #invited(account: Account): Decided {
    const random = this.#random;
    const [firstName, lastName] = [random.of(firstNames) ?? '', random.of(lastNames) ?? ''];
    const email = `${firstName}.${lastName}.${this.#decided}@example.com`.toLowerCase();
    const [userId, role, invitationId] = [randomId('usr'), random.of(roles) ?? '', randomId('inv')];
    const name = { firstName, lastName, email };
    account.invited.push({ userId, name, role, grants: [], invitationId });
    const invited = fact('UserInvited', {
      accountId: account.accountId,
      invitationId,
      issue: 1,
      userId,
      role,
      applicationIds: account.applicationIds.slice(0, 1 + random.below(3)),
      teamId: undefined,
      expiresAt: this.#time(24 * 14),
      tokenSha256: randomId('tok').padEnd(64, '0'),
      ...name,
    });
    const actorId = account.members[0]?.userId ?? 'key_operator';
    return { actorId, facts: [fact('UserRegistered', { userId, ...name }), invited] };
  }

  #joined(account: Account): Decided | undefined {
    const invitation = account.invited.shift();
    if (invitation === undefined) return undefined;
    const { userId, name, role, invitationId, grants } = invitation;
    const { accountId } = account;
    const accepted = fact('InvitationAccepted', { accountId, invitationId, userId, lostApplicationIds: [] });
    const joined = fact('MemberJoined', { accountId, userId, role, teamId: undefined, ...name });
    account.members.push({ userId, name, role, grants });
    const granted = account.applicationIds
      .slice(0, 1 + this.#random.below(3))
      .map((applicationId) => this.#access(account, invitation, applicationId, 'invitation'));
    return { actorId: userId, facts: [accepted, joined, ...granted] };
  }

  #access(account: Account, member: Member, applicationId: string, origin: 'invitation' | 'assigned'): AccessFact {
    const grantId = randomId('gra');
    member.grants.push({ grantId, applicationId });
    const expiresAt = this.#random.below(10) === 0 ? this.#time(24 * 90) : undefined;
    const { accountId } = account;
    const { userId } = member;
    return fact('AccessGranted', { accountId, grantId, userId, applicationId, origin, role: undefined, expiresAt });
  }

  #granted(account: Account, member: Member): readonly AccessFact[] | undefined {
    const free = account.applicationIds.find((id) => member.grants.every(({ applicationId }) => applicationId !== id));
    return free === undefined ? undefined : [this.#access(account, member, free, 'assigned')];
  }

  #revoked({ accountId }: Account, { userId, grants }: Member): readonly AccessFact[] | undefined {
    const grant = grants.shift();
    return grant && [fact('AccessRevoked', { accountId, userId, ...grant, cause: 'revoked' })];
  }

  #roleChanged({ accountId }: Account, member: Member): readonly AccessFact[] {
    const [from, to] = [member.role, this.#random.of(roles) ?? ''];
    member.role = to;
    return [fact('RoleChanged', { accountId, userId: member.userId, from, to, applicationId: undefined })];
  }

  #removed(account: Account, member: Member): readonly AccessFact[] {
    const { accountId } = account;
    const { userId } = member;
    account.members.splice(account.members.indexOf(member), 1);
    const revoked = member.grants
      .splice(0)
      .map((grant) => fact('AccessRevoked', { accountId, userId, ...grant, cause: 'member-removed' }));
    return [fact('MemberRemoved', { accountId, userId }), ...revoked];
  }

  #time(hours: number): string {
    return new Date(begun + (this.#decided + hours) * hourMs).toISOString();
  }
}

const atOnce = 400;

/** Appends a believable history of at least so many events, with names and some reasons sealed as the product seals them. */
export const writeHistory = async (log: EventStore, sealer: EventSealer, events: number, seed = 1): Promise<void> => {
  const [history, random] = [new History(seed), new Random(seed)];
  const revisions = new Map<string, bigint>();
  const appending: Promise<unknown>[] = [];
  let written = 0;
  const append = async ({ actorId, facts }: Decided): Promise<void> => {
    const [commandId, correlationId] = [randomId('cmd'), randomId('cor')];
    const metadata = {
      actorKind: actorId.startsWith('usr') ? 'user' : 'service',
      actorId,
      via: 'session',
      correlationId,
      causationId: commandId,
      commandId,
      requestHash: randomBytes(32).toString('hex'),
      decidedAt: new Date(begun + written * minuteMs).toISOString(),
      schemaVersion: '1',
      ...(random.below(5) === 0 && { reason: 'moved to another department' }),
    };
    for (const [stream, ofStream] of Map.groupBy(facts, streamOfFact)) {
      const last = revisions.get(stream);
      revisions.set(stream, (last ?? -1n) + BigInt(ofStream.length));
      written += ofStream.length;
      const sealed: NewEvent[] = [];
      for (const { type, data } of ofStream)
        sealed.push(await sealer.seal(stream, { id: randomId('evt'), type, data, metadata }));
      appending.push(log.append(stream, last ?? 'no-stream', sealed));
    }
    if (appending.length >= atOnce) await Promise.all(appending.splice(0));
  };
  for (const decided of history.foundations()) await append(decided);
  while (written < events) await append(history.next(written));
  await Promise.all(appending);
};
