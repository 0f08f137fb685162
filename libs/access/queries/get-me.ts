import type { Caller, KeyScope } from '../caller.js';
import { type Standing, standingIn } from '../reach.js';
import type { MemberRow } from '../views/members.js';
import { query, type Reading } from './query.js';
import { type MomentParameters, type Single, singleMoment, unversioned } from './single.js';
import { everyRow, rowsAt } from './view-rows.js';

/** Who the caller is, and where they are what. Always today's: only `minPosition` is taken. */
export class GetMe extends query<{ at: Pick<MomentParameters, 'minPosition'> }>() {}

export interface MyAccount {
  readonly accountId: string;
  readonly name: string;
  readonly status: 'active' | 'suspended' | 'closed';
  /** Null for a key. */
  readonly role: string | null;
  readonly teamId: string | null;
  readonly capabilities: readonly string[];
}

export interface Me {
  readonly kind: Caller['kind'];
  readonly id: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  readonly platform: {
    readonly role: 'operator' | 'platform-auditor';
    readonly capabilities: readonly string[];
  } | null;
  readonly key: {
    readonly scope: KeyScope;
    readonly permissions: readonly string[];
    readonly expiresAt: string | null;
  } | null;
  readonly accounts: readonly MyAccount[];
}

const platformOf = (caller: Caller): Me['platform'] => {
  if (caller.kind !== 'user' || caller.permissions.length === 0) return null;
  const role = caller.permissions.includes('*@platform') ? 'operator' : 'platform-auditor';
  return { role, capabilities: caller.permissions };
};

const keyOf = (caller: Caller): Me['key'] =>
  caller.kind === 'service'
    ? { scope: caller.scope, permissions: caller.permissions, expiresAt: caller.expiresAt }
    : null;

/** What the account itself gives, without what is held everywhere. */
const capabilitiesIn = (caller: Caller, { held }: Standing): readonly string[] => {
  const everywhere = caller.kind === 'user' ? caller.permissions : [];
  return held.filter((text) => !everywhere.includes(text));
};

export const getMe = async (asked: GetMe, reading: Reading): Promise<Single<Me>> => {
  const { caller } = asked;
  const moment = await singleMoment(reading, ['members', 'accounts'], asked);
  const mine = [
    { column: 'userId', in: [caller.id] },
    { column: 'status', in: ['active', 'suspended'] },
  ];
  const memberships: readonly MemberRow[] =
    caller.kind === 'user' ? await everyRow(reading, 'members', mine, moment) : [];
  const ofKey = caller.kind === 'service' && caller.scope.kind === 'account' ? [caller.scope.accountId] : [];
  const ids = [...memberships.map(({ accountId }) => accountId), ...ofKey];
  const [accounts, standings, person] = await Promise.all([
    rowsAt(reading, 'accounts', ids, moment),
    Promise.all(ids.map((id) => standingIn(reading, caller, id))),
    caller.kind === 'user' ? reading.access.person(caller.id) : undefined,
  ]);
  const roles = new Map(memberships.map(({ accountId, role }) => [accountId, role]));
  const shown = standings
    .filter((standing) => standing !== undefined)
    .map((standing) => {
      const { accountId, teamId } = standing;
      const account = accounts.get(accountId);
      const role = roles.get(accountId) ?? null;
      const capabilities = capabilitiesIn(caller, standing);
      return {
        accountId,
        name: account?.name ?? accountId,
        status: account?.status ?? 'active',
        role,
        teamId,
        capabilities,
      };
    });
  return unversioned(moment, {
    kind: caller.kind,
    id: caller.id,
    firstName: person?.firstName ?? null,
    lastName: person?.lastName ?? null,
    email: person?.email ?? null,
    platform: platformOf(caller),
    key: keyOf(caller),
    accounts: shown.sort((a, b) => a.name.localeCompare(b.name, 'en')),
  });
};
