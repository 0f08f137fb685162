import { refuse } from '#eventing/refusal.js';
import type { Condition } from '#eventing/view-store.js';
import type { Account } from '../account/account.js';
import type { Caller } from '../caller.js';
import { holdsOnPlatform, permissionScopes } from '../permission.js';
import { requireAccountInReach } from '../reach.js';
import { roleAggregate } from '../role/role.js';
import type { AccessChangeRow } from '../views/access-changes.js';
import type { LogReading } from './log-reading.js';

/** What a subscriber asks for; a change that touches all (null) is among those of each. */
export interface ChangeFilters {
  readonly accountId?: string | undefined;
  readonly userId?: string | undefined;
  readonly applicationId?: string | undefined;
  readonly types?: readonly string[] | undefined;
}

/** Which changes a subscriber gets. */
export interface ChangesScope {
  /** Lets through all that concern the subscriber, and some that don't. */
  readonly where: readonly Condition[];
  readonly concerns: (row: AccessChangeRow) => Promise<boolean>;
}

type Concerns = ChangesScope['concerns'];

const follows = 'access:follow';

const touching = (column: string, id: string | undefined): Condition[] =>
  id === undefined ? [] : [{ column, in: [id, null] }];

const isWanted = ({ accountId, userId, applicationId, types }: ChangeFilters, row: AccessChangeRow): boolean =>
  (types === undefined || types.includes(row.type)) &&
  (accountId === undefined || row.accountId === null || row.accountId === accountId) &&
  (userId === undefined || row.userId === null || row.userId === userId) &&
  (applicationId === undefined || row.applicationId === null || row.applicationId === applicationId);

const accountOfRole = async ({ access }: LogReading, roleId: string | null): Promise<string | null> =>
  access.loop.read(roleAggregate, roleId ?? '-', ({ accountId }) => accountId);

/** What concerns the people and applications of an account. */
const ofAccount =
  (reading: LogReading, accountId: string): Concerns =>
  async (row) => {
    if (row.accountId !== null) return row.accountId === accountId;
    if (row.type === 'role-redefined') return [null, accountId].includes(await accountOfRole(reading, row.role));
    return reading.access.account(accountId, ({ assignments, members, pending }) => {
      if (row.applicationId !== null) return assignments.has(row.applicationId);
      return row.userId !== null && (members.has(row.userId) || pending.has(row.userId));
    });
  };

/** Whether the member has, or has had, access to the application. */
const knows = ({ members }: Account, userId: string, applicationId: string): boolean => {
  const member = members.get(userId);
  return member !== undefined && (member.accesses.has(applicationId) || member.lost.has(applicationId));
};

const everKnew = async ({ views }: LogReading, userId: string, applicationId: string): Promise<boolean> => {
  const where = [
    { column: 'userId', in: [userId] },
    { column: 'applicationId', in: [applicationId] },
  ];
  const upTo = views.checkpoint('user-applications').position;
  const touched = await views.read('user-applications', (live) =>
    views.store.touched(live, { after: 0n, upTo, where, limit: 1 }),
  );
  return touched.length > 0;
};

/** An application's own changes, and those of the accounts and members that have it. */
const ofApplication =
  (reading: LogReading, applicationId: string): Concerns =>
  async (row) => {
    const { accountId, userId } = row;
    if (row.applicationId !== null) return row.applicationId === applicationId;
    const has = (id: string): Promise<boolean> =>
      reading.access.account(id, ({ assignments }) => assignments.has(applicationId));
    if (accountId !== null && userId === null) return has(accountId);
    if (accountId !== null && userId !== null)
      return reading.access.account(accountId, (account) => knows(account, userId, applicationId));
    if (userId !== null) return everKnew(reading, userId, applicationId);
    const roleOf = row.type === 'role-redefined' ? await accountOfRole(reading, row.role) : null;
    return roleOf === null || has(roleOf);
  };

const reachOf = async (
  reading: LogReading,
  caller: Caller,
  { accountId, applicationId }: ChangeFilters,
): Promise<{ readonly where: readonly Condition[]; readonly concerns: Concerns }> => {
  // Platform auditors read everything, and this is part of it.
  const platform = [follows, 'audit-log:view'].find((name) => holdsOnPlatform(caller, name));
  if (caller.kind === 'system' || platform !== undefined) {
    if (platform !== undefined && accountId !== undefined)
      await requireAccountInReach(reading, caller, accountId, { platform, account: follows });
    if (applicationId !== undefined && (await reading.access.application(applicationId)) === undefined)
      refuse('application-not-found');
    return { where: [], concerns: () => Promise.resolve(true) };
  }
  if (caller.kind !== 'service' || caller.scope.kind === 'platform')
    return refuse('not-allowed', { needs: `${follows}@platform` });
  if (permissionScopes(caller.permissions, follows).length === 0)
    refuse('not-allowed', { needs: `${follows}@account` });
  if (accountId !== undefined)
    await requireAccountInReach(reading, caller, accountId, { platform: follows, account: follows });
  if (caller.scope.kind === 'account') {
    const own = caller.scope.accountId;
    return { where: touching('accountId', own), concerns: ofAccount(reading, own) };
  }
  const own = caller.scope.applicationId;
  if (applicationId !== undefined && applicationId !== own) refuse('application-not-found');
  return { where: touching('applicationId', own), concerns: ofApplication(reading, own) };
};

/**
 * Which changes a caller gets of those asked for, by today's rights.
 * @throws Refusal not-allowed, account-not-found, application-not-found
 */
export const changesScope = async (
  reading: LogReading,
  caller: Caller,
  filters: ChangeFilters,
): Promise<ChangesScope> => {
  const { where, concerns } = await reachOf(reading, caller, filters);
  const { accountId, userId, applicationId, types } = filters;
  return {
    where: [
      ...where,
      ...touching('accountId', accountId),
      ...touching('userId', userId),
      ...touching('applicationId', applicationId),
      ...(types === undefined ? [] : [{ column: 'type', in: types }]),
    ],
    concerns: async (row) => isWanted(filters, row) && (await concerns(row)),
  };
};
