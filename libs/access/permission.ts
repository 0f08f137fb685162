import { Refusal, refuse } from '#eventing/refusal.js';
import type { Account } from './account/account-state.js';
import { presentMember } from './account/member.js';
import { type Target, memberTarget } from './account/target.js';
import type { Caller } from './caller.js';
import type { Roles } from './role/role.js';

/** How far a permission reaches. A wider scope includes the narrower: own < team, contact < team, team < account < platform. */
export type Scope = 'own' | 'contact' | 'team' | 'account' | 'platform';

const includes: Readonly<Record<Scope, readonly Scope[]>> = {
  own: [],
  contact: [],
  team: ['own', 'contact'],
  account: ['own', 'contact', 'team'],
  platform: ['own', 'contact', 'team', 'account'],
};

/** `members:invite@account` apart. `name` is `resource:action`, or `*` for everything. */
export interface Permission {
  readonly name: string;
  readonly scope: Scope;
}

/** Undefined for text that is no permission with a scope. */
export const parsePermission = (text: string): Permission | undefined => {
  const [, name, scope] = /^(\*|[a-z-]+:[a-z-]+)@(own|contact|team|account|platform)$/.exec(text) ?? [];
  return name === undefined ? undefined : { name, scope: scope as Scope };
};

const everything = '*';
const nothing: readonly Scope[] = [];

type ScopesByName = ReadonlyMap<string, readonly Scope[]>;
/** What lists of permissions hold, worked out once for each: a role's and a key's are asked for again and again. */
const worked = new WeakMap<readonly string[], ScopesByName>();

const widest = (scopes: readonly Scope[]): readonly Scope[] =>
  [...new Set(scopes)].filter((scope) => !scopes.some((other) => includes[other].includes(scope)));

const workOut = (held: readonly string[]): ScopesByName => {
  const permissions = held.map(parsePermission).filter((permission) => permission !== undefined);
  const byName = Map.groupBy(permissions, ({ name }) => name);
  const ofEverything = byName.get(everything) ?? [];
  return new Map(
    [...byName].map(([name, own]) => {
      const all =
        name === everything ? own : permissions.filter((one) => own.includes(one) || ofEverything.includes(one));
      return [name, widest(all.map(({ scope }) => scope))];
    }),
  );
};

/** The widest scopes at which a permission (`members:invite`) is among those held, a list that never changes; none if it is not. */
export const permissionScopes = (held: readonly string[], name: string): readonly Scope[] => {
  if (held.length === 0) return nothing;
  let byName = worked.get(held);
  if (byName === undefined) worked.set(held, (byName = workOut(held)));
  return byName.get(name) ?? byName.get(everything) ?? nothing;
};

const covered = new WeakMap<readonly string[], WeakMap<readonly string[], boolean>>();

/** Whether all that is wanted is held, at the same or a wider scope; two lists that never change. */
export const covers = (held: readonly string[], wanted: readonly string[]): boolean => {
  let byWanted = covered.get(held);
  if (byWanted === undefined) covered.set(held, (byWanted = new WeakMap()));
  let all = byWanted.get(wanted);
  if (all === undefined) byWanted.set(wanted, (all = wanted.every((text) => holds(held, text))));
  return all;
};

const holds = (held: readonly string[], text: string): boolean => {
  const permission = parsePermission(text);
  if (permission === undefined) return false;
  const { name, scope } = permission;
  return permissionScopes(held, name).some((other) => other === scope || includes[other].includes(scope));
};

const ofSystem: readonly string[] = ['*@platform'];
const none: readonly string[] = [];
const onPlatform = (caller: Caller): readonly string[] => {
  if (caller.kind === 'system') return ofSystem;
  return caller.kind === 'service' && caller.scope.kind !== 'platform' ? none : caller.permissions;
};

/** Whether the caller has any say beyond single accounts, so that nothing in the installation is out of their reach. */
export const reachesPlatform = (caller: Caller): boolean => onPlatform(caller).length > 0;

/** Whether the caller holds a permission in the whole installation. */
export const holdsOnPlatform = (caller: Caller, name: string): boolean =>
  permissionScopes(onPlatform(caller), name).includes('platform');

/** All the caller holds in an account, today; nothing while the member is suspended. */
export const heldIn = (caller: Caller, account: Account, roles: Roles): readonly string[] => {
  if (caller.kind === 'service') return reaches(caller, account) ? caller.permissions : [];
  const member = presentMember(account, caller.id);
  const ofRole = member?.status === 'active' ? (roles.get(member.role)?.permissions ?? []) : [];
  const platform = onPlatform(caller);
  // As they are where they can be: what a list holds is worked out once for each list.
  return platform.length === 0 ? ofRole : ofRole.length === 0 ? platform : [...platform, ...ofRole];
};

const reaches = (caller: Caller, account: Account): boolean => {
  if (reachesPlatform(caller)) return true;
  if (caller.kind !== 'service') return presentMember(account, caller.id) !== undefined;
  if (caller.scope.kind === 'account') return caller.scope.accountId === account.id;
  return caller.scope.kind === 'application' && account.assignments.has(caller.scope.applicationId);
};

/** Refuses an account that is not there or out of the caller's reach (the same answer), or that takes no command of theirs. */
export const requireOpenAccount = (
  caller: Caller,
  account: Account,
  isPlatformMatter = caller.kind === 'system',
): void => {
  if (account.revision < 0n || !reaches(caller, account)) refuse('account-not-found');
  if (account.status === 'closed') refuse('account-closed');
  if (account.status === 'suspended' && !isPlatformMatter) refuse('account-suspended');
};

/**
 * Refuses unless the caller may do this in the account now, to this target.
 * At scope `team` only what is in the caller's own team is a target; at `own` only the caller.
 */
export const requirePermission = (
  caller: Caller,
  account: Account,
  roles: Roles,
  name: string,
  target?: Target,
): void => {
  requireOpenAccount(caller, account, holdsOnPlatform(caller, name));
  const scopes = permissionScopes(heldIn(caller, account, roles), name);
  if (scopes.includes('platform') || scopes.includes('account')) return;
  if (target?.userId === caller.id && scopes.some((scope) => scope === 'own' || scope === 'team')) return;
  if (target === undefined || !scopes.includes('team')) refuse('not-allowed', { needs: `${name}@account` });
  const team = presentMember(account, caller.id)?.teamId ?? null;
  if (team === null || target?.teamId !== team) refuse(target?.missing ?? 'not-allowed');
};

/** {@link requirePermission} for each of these members. */
export const requirePermissionOnAll = (
  caller: Caller,
  account: Account,
  roles: Roles,
  name: string,
  people: readonly { readonly userId: string }[],
): void => {
  if (people.length === 0) requirePermission(caller, account, roles, name);
  for (const { userId } of people) requirePermission(caller, account, roles, name, memberTarget(account, userId));
};

/** Refuses unless the caller holds the permission in the whole installation. */
export const requirePlatformPermission = (caller: Caller, name: string): void => {
  if (!holdsOnPlatform(caller, name)) refuse('not-allowed', { needs: `${name}@platform` });
};

/** For what only the product itself decides: timers, cascades, the first start. */
export const requireSystem = (caller: Caller): void => {
  if (caller.kind !== 'system') refuse('not-allowed', { needs: '*@platform' });
};

/** Answers what is out of the caller's reach as if the addressed thing were not there. */
export const outOfReachAs = (code: string, require: () => void): void => {
  try {
    require();
  } catch (error) {
    throw error instanceof Refusal && error.code.endsWith('-not-found') ? new Refusal(code) : error;
  }
};
