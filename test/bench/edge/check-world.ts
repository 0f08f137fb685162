import { installationOn, kept } from '../../../apps/server/installation.spec-kit.js';
import { type AccessFact, fact } from '#access/events.js';
import { streamOfFact } from '#access/fact-stream.js';
import type { Resource } from '#access/account/check.js';
import type { LogReading } from '#access/queries/log-reading.js';
import { builtInRoles } from '#access/role/role-table.js';
import type { EventStore } from '#eventing/event-store.js';
import { randomId } from '#eventing/ids.js';
import { Random } from '../../system/random.js';

const size = { accounts: 20, members: 100, applications: 10, granted: 5, questions: 10_000 };
const roles = ['admin', 'staff', 'reader'] as const;
const permissions = ['members:invite', 'expirations:view', 'contacts:edit', 'audit-log:view', 'dashboard:view'];

/** A member as yardsticks know one. */
export interface Grants {
  readonly accountId: string;
  readonly userId: string;
  readonly role: (typeof roles)[number];
  readonly applicationIds: readonly string[];
}

export interface AskedQuestion {
  readonly accountId: string;
  readonly userId: string;
  readonly applicationId: string;
  readonly permission: string;
  readonly resource: Resource;
}

export interface CheckWorld {
  readonly reading: LogReading;
  readonly members: readonly Grants[];
  readonly permissionsOf: (role: Grants['role']) => readonly string[];
  /** At random. */
  readonly questions: readonly AskedQuestion[];
  readonly remove: () => Promise<void>;
}

const append = async (log: EventStore, facts: readonly AccessFact[]): Promise<void> => {
  const events = facts.map(({ type, data }) => ({ id: randomId('evt'), type, data, metadata: {} }));
  const [first] = facts;
  if (first !== undefined) await log.append(streamOfFact(first), 'no-stream', events);
};

const idsOf = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, () => randomId(prefix));

const registered = (applicationId: string): AccessFact[] => [
  fact('ApplicationRegistered', {
    applicationId,
    name: applicationId,
    assignableBy: 'admins',
  }),
  fact('ApplicationActivated', { applicationId }),
];

const opened = (accountId: string, applicationIds: readonly string[], members: readonly Grants[]): AccessFact[] => [
  fact('AccountOpened', { accountId, name: accountId, plan: 'free', externalId: undefined }),
  ...applicationIds.map((applicationId) =>
    fact('ApplicationAssigned', { accountId, applicationId, origin: 'assigned' }),
  ),
  ...members.map(({ userId, role }) => {
    const person = { firstName: 'Ann', lastName: 'Lee', email: 'ann@acme.example' };
    return fact('MemberJoined', { accountId, userId, role, teamId: undefined, ...person });
  }),
  ...members.flatMap(({ userId, applicationIds: granted }) =>
    granted.map((applicationId) => {
      const own = { role: undefined, expiresAt: undefined };
      const grantId = randomId('gra');
      return fact('AccessGranted', { accountId, grantId, userId, applicationId, origin: 'assigned', ...own });
    }),
  ),
];

/** Accounts with members who may use some applications, in the log of an installation of this process. */
export const checkWorld = async (): Promise<CheckWorld> => {
  const random = new Random(7);
  const stores = kept();
  const engines = stores.engines();
  for (const [roleId, { title, note, permissions: held }] of builtInRoles) {
    const role = { roleId, title, note, permissions: [...held], builtIn: true, accountId: undefined };
    await append(engines.log, [fact('RoleDefined', role)]);
  }
  const applicationIds = idsOf('app', size.applications);
  for (const applicationId of applicationIds) await append(engines.log, registered(applicationId));
  const members: Grants[] = [];
  for (const accountId of idsOf('acc', size.accounts)) {
    const own = idsOf('usr', size.members).map((userId, index) => ({
      accountId,
      userId,
      role: roles[index % roles.length] ?? 'reader',
      applicationIds: applicationIds.filter((_, at) => (at + index) % size.applications < size.granted),
    }));
    members.push(...own);
    await append(engines.log, opened(accountId, applicationIds, own));
  }
  const any = <Item>(items: readonly Item[]): Item => items[random.below(items.length)] as Item;
  const questions = Array.from({ length: size.questions }, () => {
    const { accountId, userId } = any(members);
    const resource = { ownerId: any([userId, 'usr_other']) };
    return { accountId, userId, applicationId: any(applicationIds), permission: any(permissions), resource };
  });
  const permissionsOf = (role: string): readonly string[] => builtInRoles.get(role)?.permissions ?? [];
  return { reading: installationOn(engines).reading, members, permissionsOf, questions, remove: stores.remove };
};
