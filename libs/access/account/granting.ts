import { derivedId } from '#eventing/ids.js';
import { type Problem, refuseAll } from '#eventing/refusal.js';
import type { Applications } from '../application/application.js';
import type { CallerContext } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import type { Roles } from '../role/role.js';
import { hasCome, utc } from '../time.js';
import type { Account } from './account.js';
import { applicationProblem } from './application-problem.js';
import { accessExpired } from './expire-access.js';
import { roleProblem } from './given-role.js';
import { presentMember, standingAccess } from './member.js';

/** An access to give, and where in the request its parts stand. */
export interface Grant {
  readonly userId: string;
  readonly applicationId: string;
  readonly role?: string | undefined;
  readonly expiresAt?: string | undefined;
  readonly pointers: Readonly<Record<'userId' | 'applicationId' | 'role' | 'expiresAt', string>>;
}

/** Why a user can't be given access as a member; undefined when they can. A suspended one can: the gate stays shut. */
export const memberProblem = (account: Account, userId: string): string | undefined => {
  if (presentMember(account, userId) !== undefined) return undefined;
  return account.members.has(userId) || account.pending.has(userId) ? 'member-not-active' : 'member-not-found';
};

/** All of them or none; what stands with the same role and end is nothing to do. */
export const grantAll = (
  command: CallerContext,
  account: Account,
  roles: Roles,
  applications: Applications,
  grants: readonly Grant[],
): AccessFact[] => {
  refuseAll(once(grants.flatMap((grant) => [...problemsOf(command, account, roles, applications, grant)])));
  const decided = new Map<string, Grant>();
  refuseAll(grants.flatMap((grant) => [...contradictions(command, account, decided, grant)]));
  return [...decided.values()].flatMap((grant) => grantFacts(command, account, grant));
};

/** Grants may share a role and an end, whose problem is one. */
const once = (problems: readonly Problem[]): Problem[] => [
  ...new Map(problems.map((problem) => [`${problem.code} ${problem.pointer ?? ''}`, problem])).values(),
];

function* problemsOf(
  { caller, now }: CallerContext,
  account: Account,
  roles: Roles,
  applications: Applications,
  { userId, applicationId, role, expiresAt, pointers }: Grant,
): Generator<Problem> {
  const ofMember = memberProblem(account, userId);
  if (ofMember !== undefined) yield { code: ofMember, pointer: pointers.userId, id: userId };
  const ofApplication = applicationProblem(account, applications, applicationId);
  if (ofApplication !== undefined) yield { code: ofApplication, pointer: pointers.applicationId, id: applicationId };
  const ofRole = role === undefined ? undefined : roleProblem(caller, account, roles, role);
  if (ofRole !== undefined) yield { code: ofRole, pointer: pointers.role };
  if (expiresAt !== undefined && hasCome(expiresAt, now))
    yield { code: 'expires-at-past', pointer: pointers.expiresAt };
}

/** Grants that differ from what stands or from an earlier one of the same command. What is new is added to `decided`. */
function* contradictions(
  { now }: CallerContext,
  account: Account,
  decided: Map<string, Grant>,
  grant: Grant,
): Generator<Problem> {
  const { userId, applicationId, pointers } = grant;
  const key = `${userId} ${applicationId}`;
  const member = presentMember(account, userId);
  const stands = decided.get(key) ?? (member && standingAccess(member, applicationId, now));
  if (stands === undefined) decided.set(key, grant);
  else if (!isSame(stands, grant)) yield { code: 'access-differs', pointer: pointers.applicationId, id: applicationId };
}

type Terms = { readonly role?: string | null | undefined; readonly expiresAt?: string | null | undefined };

const isSame = (one: Terms, other: Terms): boolean =>
  (one.role ?? null) === (other.role ?? null) && endOf(one) === endOf(other);

const endOf = ({ expiresAt }: Terms): string | null => (typeof expiresAt === 'string' ? utc(expiresAt) : null);

const grantFacts = (
  { commandId }: CallerContext,
  account: Account,
  { userId, applicationId, role, expiresAt }: Grant,
): AccessFact[] => {
  const ended = presentMember(account, userId)?.accesses.get(applicationId);
  return [
    ...(ended === undefined ? [] : [accessExpired(account, ended)]),
    fact('AccessGranted', {
      accountId: account.id,
      grantId: derivedId('grt', commandId, userId, applicationId),
      userId,
      applicationId,
      origin: 'assigned',
      role,
      expiresAt: expiresAt === undefined ? undefined : utc(expiresAt),
    }),
  ];
};
