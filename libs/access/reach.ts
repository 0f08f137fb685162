import { refuse } from '#eventing/refusal.js';
import type { ViewReader } from '#eventing/view-reader.js';
import type { Condition } from '#eventing/view-store.js';
import type { Access } from './access.js';
import type { Account } from './account/account.js';
import { presentMember } from './account/member.js';
import type { Caller } from './caller.js';
import { heldIn, holdsOnPlatform, permissionScopes, type Scope } from './permission.js';
import type { Roles } from './role/role.js';
import { memberKey } from './views/keys.js';

/** What it takes to read something: a permission in the whole installation, or one in the account (null: to belong to it). */
export interface Right {
  readonly platform: string;
  readonly account: string | null;
}

export const membersRight: Right = { platform: 'members:view', account: 'members:view' };
export const accountsRight: Right = { platform: 'accounts:view', account: null };
export const applicationsRight: Right = { platform: 'applications:view', account: null };
export const auditRight: Right = { platform: 'audit-log:view', account: 'audit-log:view' };
export const keysRight: Right = { platform: 'api-keys:manage', account: 'api-keys:manage' };

/** What a caller is in one account, today. */
export interface Standing {
  readonly accountId: string;
  /** `resource:action@scope`, those of the platform included. */
  readonly held: readonly string[];
  readonly teamId: string | null;
}

/** The accounts a caller may read something in, today; how far in each is found by its standing. */
export interface Reach {
  readonly caller: Caller;
  readonly right: Right;
  /** The whole installation. */
  readonly everything: boolean;
  /** An application key's: it sees nothing else, in every account that has it. */
  readonly applicationId: string | null;
  /** The accounts that were named; undefined for none in particular. */
  readonly named: readonly string[] | undefined;
  readonly standings: ReadonlyMap<string, Standing>;
}

/** What rights are found out from: today's states, and the memberships that point to them. */
export interface RightsReading {
  readonly reader: Pick<ViewReader, 'moment' | 'page' | 'many'>;
  readonly access: Pick<Access, 'account' | 'roles'>;
}

interface Asking {
  readonly caller: Caller;
  readonly now: string;
}

const noRoles = new Map<string, never>();

const reaches = (caller: Caller, account: Account): boolean =>
  account.revision >= 0n &&
  (caller.kind === 'system' ||
    heldIn(caller, account, noRoles).length > 0 ||
    (caller.kind === 'user' && presentMember(account, caller.id) !== undefined));

/** What the caller is by an account's state and the roles; undefined out of their reach, also when there is no such account. */
export const standingOf = (caller: Caller, account: Account, roles: Roles): Standing | undefined => {
  if (!reaches(caller, account)) return undefined;
  const held = heldIn(caller, account, roles);
  const teamId = caller.kind === 'user' ? (presentMember(account, caller.id)?.teamId ?? null) : null;
  return { accountId: account.id, held, teamId };
};

/** What the caller is in an account; undefined out of their reach, also when there is no such account. */
export const standingIn = async (
  { access }: Pick<RightsReading, 'access'>,
  caller: Caller,
  accountId: string,
): Promise<Standing | undefined> => {
  const role = await access.account(accountId, ({ members }) => members.get(caller.id)?.role);
  const roles = await access.roles(role);
  return access.account(accountId, (account) => standingOf(caller, account, roles));
};

const belongs = (caller: Caller, { held }: Standing): boolean =>
  caller.kind === 'service' ? caller.scope.kind !== 'platform' : held.some((text) => !text.endsWith('@platform'));

const holds = (caller: Caller, standing: Standing, right: Right): boolean =>
  holdsOnPlatform(caller, right.platform) ||
  (right.account === null ? belongs(caller, standing) : permissionScopes(standing.held, right.account).length > 0);

const needsOf = ({ platform, account }: Right): { needs: string } => ({
  needs: account === null ? `${platform}@platform` : `${account}@account`,
});

/**
 * The caller's standing in an account that is named in a path or a query; to be asked before anything is read.
 * @throws Refusal account-not-found out of reach, as for a missing one; not-allowed with `needs`
 */
export const requireAccountInReach = async (
  reading: Pick<RightsReading, 'access'>,
  caller: Caller,
  accountId: string,
  right: Right,
): Promise<Standing> => {
  const standing = (await standingIn(reading, caller, accountId)) ?? refuse('account-not-found');
  return holds(caller, standing, right) ? standing : refuse('not-allowed', needsOf(right));
};

const holdsByKey = (caller: Caller, { account }: Right): boolean =>
  caller.kind === 'service' && account !== null && permissionScopes(caller.permissions, account).length > 0;

const membershipsAtMost = 10_000;

/** The accounts that a person is an active member of; the view only points to them, their own state decides. */
const accountsOf = async ({ reader }: RightsReading, userId: string, now: string, min?: string): Promise<string[]> => {
  const moment = await reader.moment(['members'], { now: new Date(now), minPosition: min });
  const where = [
    { column: 'userId', in: [userId] },
    { column: 'status', in: ['active'] },
  ];
  const order = { column: 'key', descending: false };
  const { rows } = await reader.page('members', { moment, where, order, limit: membershipsAtMost });
  return rows.map(({ body }) => body['accountId'] as string);
};

const ownAccounts = async (reading: RightsReading, { caller, now }: Asking, min?: string): Promise<string[]> => {
  if (caller.kind === 'system') return [];
  if (caller.kind === 'user') return accountsOf(reading, caller.id, now, min);
  return caller.scope.kind === 'account' ? [caller.scope.accountId] : [];
};

const applicationOf = (caller: Caller): string | null =>
  caller.kind === 'service' && caller.scope.kind === 'application' ? caller.scope.applicationId : null;

interface ReachOptions {
  /** The accounts in question; left out, all that the caller may see. */
  readonly named?: readonly string[] | undefined;
  readonly minPosition?: string | undefined;
  /** Whether somebody who holds the right nowhere gets an empty reach instead of a refusal. */
  readonly evenNowhere?: boolean;
}

/**
 * Where a caller may read, today. Accounts that are named are checked first; left out, it is all that they may see.
 * @throws Refusal account-not-found for a named one out of reach; not-allowed where the right is lacking, or held nowhere
 */
export const reachOf = async (
  reading: RightsReading,
  asking: Asking,
  right: Right,
  { named, minPosition, evenNowhere = false }: ReachOptions = {},
): Promise<Reach> => {
  const { caller } = asking;
  const everything = holdsOnPlatform(caller, right.platform);
  const reach = { caller, right, everything, applicationId: applicationOf(caller), named };
  if (named !== undefined) {
    const found = await Promise.all(named.map((id) => requireAccountInReach(reading, caller, id, right)));
    return { ...reach, standings: new Map(found.map((standing) => [standing.accountId, standing])) };
  }
  if (everything) return { ...reach, standings: new Map() };
  const ids = await ownAccounts(reading, asking, minPosition);
  const found = await Promise.all(ids.map((id) => standingIn(reading, caller, id)));
  const allowed = found.filter((standing) => standing !== undefined).filter((one) => holds(caller, one, right));
  const somewhere = allowed.length > 0 || (reach.applicationId !== null && holdsByKey(caller, right));
  if (!somewhere && !evenNowhere && right.account !== null) refuse('not-allowed', needsOf(right));
  return { ...reach, standings: new Map(allowed.map((standing) => [standing.accountId, standing])) };
};

/** What the caller may do in these accounts, which are in reach: for the capabilities of rows. */
export const standingsIn = async (
  reading: RightsReading,
  { caller, now }: Asking,
  accountIds: Iterable<string>,
): Promise<ReadonlyMap<string, Standing>> => {
  const ids = [...new Set(accountIds)];
  const plain = (accountId: string): Standing => ({ accountId, held: heldEverywhere(caller), teamId: null });
  const standings = new Map(ids.map((id) => [id, plain(id)]));
  if (caller.kind !== 'user' || caller.permissions.includes('*@platform')) return standings;
  const moment = await reading.reader.moment(['members'], { now: new Date(now) });
  const keys = ids.map((id) => memberKey(id, caller.id));
  const memberships = await reading.reader.many('members', keys, moment);
  for (const { body } of memberships.values()) {
    const standing = await standingIn(reading, caller, body['accountId'] as string);
    if (standing !== undefined) standings.set(standing.accountId, standing);
  }
  return standings;
};

const heldEverywhere = (caller: Caller): readonly string[] =>
  caller.kind === 'system' ? ['*@platform'] : caller.permissions;

const scopesIn = ({ right, caller }: Reach, { held }: Standing): readonly Scope[] => {
  if (right.account === null || holdsOnPlatform(caller, right.platform)) return ['account'];
  return permissionScopes(held, right.account);
};

/** The accounts that the caller may read whole; undefined for all there are. */
export const wholeAccounts = (reach: Reach): readonly string[] | undefined => {
  if (reach.everything) return reach.named;
  return [...reach.standings.values()]
    .filter((standing) => scopesIn(reach, standing).some((scope) => scope === 'account' || scope === 'platform'))
    .map(({ accountId }) => accountId);
};

/** Where the caller may read only of a team, or of themselves. */
export const partialAccounts = (reach: Reach): readonly Standing[] => {
  const whole = new Set(wholeAccounts(reach) ?? reach.standings.keys());
  return [...reach.standings.values()].filter(({ accountId }) => !whole.has(accountId));
};

/** The team that the caller may read in an account; null for themselves alone. */
export const teamIn = (reach: Reach, standing: Standing): string | null =>
  scopesIn(reach, standing).includes('team') ? standing.teamId : null;

/** Rows of `members` that the caller may read. */
export const membersInReach = (reach: Reach): Condition[] => {
  const whole = wholeAccounts(reach);
  const partial = partialAccounts(reach);
  if (whole === undefined) return [];
  const ofAccounts = { column: 'accountId', in: whole };
  if (partial.length === 0) return [ofAccounts];
  const teams = partial.map((standing) => teamIn(reach, standing)).filter((team) => team !== null);
  const selves = partial.map(({ accountId }) => memberKey(accountId, reach.caller.id));
  return [{ anyOf: [ofAccounts, { column: 'teamId', in: teams }, { column: 'key', in: selves }] }];
};
