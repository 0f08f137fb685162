import { type Aggregate, type FoldedEvent, fold } from '#eventing/aggregate.js';
import { derivedId } from '#eventing/ids.js';
import { Refusal } from '#eventing/refusal.js';
import { type Account, accountAggregate } from './account/account.js';
import { type Application, applicationAggregate } from './application/application.js';
import type { Caller, CallerContext } from './caller.js';
import { type AccessFact, type EventName, fact } from './events.js';
import { type Role, type Roles, roleAggregate } from './role/role.js';
import { builtInRoles } from './role/role-table.js';

/** The clock of the specs. */
export const now = '2026-03-01T12:00:00.000Z';
export const later = (seconds: number): string => new Date(Date.parse(now) + seconds * 1_000).toISOString();

export const system: Caller = { kind: 'system', id: 'system' };
export const operator: Caller = { kind: 'user', id: 'usr_op', permissions: ['*@platform'] };
export const person = (id: string): Caller => ({ kind: 'user', id, permissions: [] });

/** What comes with a command: who calls, and anything that should differ from the usual. */
export const by = (caller: Caller, rest: Partial<CallerContext> = {}): CallerContext => ({
  caller,
  actor: { kind: caller.kind, id: caller.id },
  commandId: 'cmd_1',
  correlationId: 'cor_1',
  now,
  ...rest,
});

/** Facts as a fold sees them, in one stream; ids are `evt_0`, `evt_1` … */
export const recorded = (facts: readonly AccessFact[], from = 0, decidedAt = now): FoldedEvent[] =>
  facts.map(({ type, data }, index) => ({
    id: `evt_${from + index}`,
    type,
    data: data,
    stream: 'stream-1',
    revision: BigInt(from + index),
    metadata: { decidedAt },
  }));

export const given = <State>(aggregate: Aggregate<State>, id: string, ...facts: AccessFact[]): State =>
  fold(aggregate, id, recorded(facts));

export const types = (facts: readonly AccessFact[]): EventName[] => facts.map(({ type }) => type);

/** The refusal a decision ends with, without what is empty; fails the spec when it decides. */
export const refusalOf = (decide: () => unknown): Partial<Pick<Refusal, 'code' | 'details' | 'problems'>> => {
  let decided: unknown;
  try {
    decided = decide();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, details, problems } = error;
    return {
      code,
      ...(Object.keys(details).length > 0 && { details }),
      ...(problems.length > 0 && { problems }),
    };
  }
  throw new Error(`not refused: ${JSON.stringify(decided)}`);
};

/** The built-in roles, and whichever are given. */
export const rolesWith = (...others: Role[]): Roles => {
  const builtIn = [...builtInRoles].map(([roleId, role]) =>
    given(
      roleAggregate,
      roleId,
      fact('RoleDefined', { ...role, roleId, permissions: [...role.permissions], builtIn: true, accountId: undefined }),
    ),
  );
  return new Map([...builtIn, ...others].map((role) => [role.id, role]));
};
export const roles = rolesWith();

/** An active application, unless told otherwise. */
export const application = (id: string, rest: Partial<Application> = {}): Application => ({
  ...given(
    applicationAggregate,
    id,
    fact('ApplicationRegistered', {
      applicationId: id,
      name: 'Billing',
      description: undefined,
      homeUrl: undefined,
      externalId: undefined,
      publisherAccountId: undefined,
      ownerId: undefined,
      assignableBy: 'admins',
    }),
    fact('ApplicationActivated', { applicationId: id }),
  ),
  ...rest,
});

export const catalogue = <State extends { readonly id: string }>(...states: State[]): ReadonlyMap<string, State> =>
  new Map(states.map((state) => [state.id, state]));

export const accountId = 'acc_1';
const names = { firstName: 'Ann', lastName: 'Lee', email: 'ann@example.com' };
export const tokenSha256 = (userId: string, invitationId: string, issue: number): string =>
  `sha of ${userId} ${invitationId} ${issue}`;

export const opened = fact('AccountOpened', { accountId, name: 'Acme', plan: 'free', externalId: undefined });
export const assigned = (applicationId: string): AccessFact =>
  fact('ApplicationAssigned', { accountId, applicationId, origin: 'assigned' });
export const unassigned = (applicationId: string): AccessFact =>
  fact('ApplicationUnassigned', { accountId, applicationId });
export const joined = (userId: string, role: string, teamId?: string): AccessFact =>
  fact('MemberJoined', { accountId, userId, role, teamId, ...names });
export const removed = (userId: string): AccessFact => fact('MemberRemoved', { accountId, userId });
export const grantIdOf = (userId: string, applicationId: string): string => derivedId('grt', userId, applicationId);
export const granted = (
  userId: string,
  applicationId: string,
  {
    role,
    expiresAt,
    grantId = grantIdOf(userId, applicationId),
  }: { role?: string; expiresAt?: string; grantId?: string } = {},
): AccessFact =>
  fact('AccessGranted', { accountId, grantId, userId, applicationId, origin: 'assigned', role, expiresAt });
export const invitedTo = (
  userId: string,
  { role = 'staff', applicationIds = [] as string[], teamId = undefined as string | undefined } = {},
): AccessFact =>
  fact('UserInvited', {
    accountId,
    invitationId: `inv_${userId}`,
    issue: 1,
    userId,
    role,
    applicationIds,
    teamId,
    expiresAt: later(7 * 24 * 3600),
    tokenSha256: tokenSha256(userId, `inv_${userId}`, 1),
    ...names,
  });

/** An open account with the applications `app_a` and `app_b`, the owner `usr_owner`, and what happened since. */
export const account = (...since: AccessFact[]): Account =>
  given(
    accountAggregate,
    accountId,
    opened,
    assigned('app_a'),
    assigned('app_b'),
    joined('usr_owner', 'owner'),
    ...since,
  );
export const applications = catalogue(application('app_a'), application('app_b'), application('app_c'));
export const owner = person('usr_owner');

/** Folds what was decided into the state it was decided on. */
export const after = (state: Account, facts: readonly AccessFact[]): Account =>
  recorded(facts, 1_000).reduce((folded, event) => accountAggregate.evolve(folded, event), state);
