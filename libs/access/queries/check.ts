import type { States } from '#eventing/command-loop.js';
import { formatPosition } from '#eventing/position.js';
import { Refusal, refuse } from '#eventing/refusal.js';
import { unconfirmed } from '#eventing/retrying.js';
import { type Account, accountAggregate } from '../account/account.js';
import { type Answer, check, type Resource } from '../account/check.js';
import { presentMember } from '../account/member.js';
import { type Application, applicationAggregate } from '../application/application.js';
import type { Caller } from '../caller.js';
import { holdsOnPlatform, permissionScopes } from '../permission.js';
import { type RightsReading, type Standing, standingIn } from '../reach.js';
import { type Role, roleAggregate, roleReading } from '../role/role.js';
import { statesAt } from './past-states.js';
import { clockAt } from './clock.js';
import type { LogReading } from './log-reading.js';
import { query } from './query.js';

/** May this user do this? */
export interface CheckQuestion {
  readonly accountId: string;
  readonly userId: string;
  readonly applicationId?: string | undefined;
  /** `resource:action` */
  readonly permission?: string | undefined;
  readonly resource?: Resource | undefined;
}

/** Questions of one moment: today's, or an earlier one. */
export class Check extends query<{
  checks: readonly CheckQuestion[];
  asOf?: string | undefined;
  minPosition?: string | undefined;
}>() {}

export interface Checked {
  readonly answers: readonly Answer[];
  /** 20 digits. */
  readonly position: string;
}

/** A single check's answer. */
export type CheckAnswer = Answer & { readonly position: string };

/** The same for whoever is no member, and for an account that is not there or not in reach. */
const notAMember: Answer = {
  allowed: false,
  because: { code: 'not-a-member', role: null, permission: null, scopes: [], causes: [] },
  validUntil: null,
};

const asking = ['access:check', 'members:view'];

const mayAskOf = (caller: Caller, standing: Standing, teamId: string | null): boolean => {
  if (asking.some((name) => holdsOnPlatform(caller, name))) return true;
  const scopes = asking.flatMap((name) => permissionScopes(standing.held, name));
  if (caller.kind === 'service') return scopes.length > 0;
  return scopes.includes('account') || (scopes.includes('team') && teamId !== null && teamId === standing.teamId);
};

const isKnown = (account: Account, userId: string): boolean =>
  account.members.has(userId) || account.pending.has(userId);

/** An application's key asks about its own application; a member's role alone is no business of it. */
const requireOwn = (own: { readonly applicationId: string }, asked: string | undefined): void => {
  if (asked === undefined) throw new Refusal('invalid-request', {}, [{ code: 'required', pointer: '/applicationId' }]);
  if (asked !== own.applicationId) refuse('application-not-found');
};

/**
 * Whether a question is to be answered, by today's rights; false where it must look as if there were no such account.
 * @throws Refusal not-allowed with `needs`, and to an application's key application-not-found or invalid-request
 */
export const isInReach = async (
  { access }: Pick<RightsReading, 'access'>,
  caller: Caller,
  { accountId, userId, applicationId }: CheckQuestion,
  past: boolean,
): Promise<boolean> => {
  if (caller.kind === 'system') return true;
  if (caller.kind === 'service' && caller.scope.kind === 'application') requireOwn(caller.scope, applicationId);
  const standing = await standingIn({ access }, caller, accountId);
  const own = caller.kind === 'user' && caller.id === userId;
  const { known, teamId } = await access.account(accountId, (account) => ({
    known: isKnown(account, userId),
    teamId: presentMember(account, userId)?.teamId ?? null,
  }));
  if (standing === undefined && !(own && known)) return false;
  if (!own && standing !== undefined && !mayAskOf(caller, standing, teamId))
    refuse('not-allowed', { needs: 'access:check@account' });
  if (past && !mayReplay(caller, standing)) refuse('not-allowed', { needs: 'history:replay@account' });
  return true;
};

/** Whether the caller may look into the past of an account. */
export const mayReplay = (caller: Caller, standing: Standing | undefined): boolean => {
  const scopes = permissionScopes(standing?.held ?? [], 'history:replay');
  return holdsOnPlatform(caller, 'history:replay') || scopes.includes('account') || scopes.includes('platform');
};

const effectiveRole = (account: Account, { userId, applicationId = '' }: CheckQuestion): string | undefined => {
  const member = account.members.get(userId);
  return member?.accesses.get(applicationId)?.role ?? member?.role;
};

/** The answer as of the states, judged at a time. */
export const judge = async (states: States, question: CheckQuestion, now: string): Promise<Answer> => {
  const { accountId, userId, applicationId, permission, resource } = question;
  const roleId = await states.look(accountAggregate, accountId, (account) => effectiveRole(account, question));
  const role: Role | undefined =
    roleId === undefined
      ? undefined
      : await states.look(roleAggregate, roleId, (state) => ({ ...state }), roleReading(roleId));
  const roles = new Map(role === undefined || role.revision < 0n ? [] : [[role.id, role]]);
  const application: Application | undefined =
    applicationId === undefined
      ? undefined
      : await states.look(applicationAggregate, applicationId, (state) => ({ ...state }));
  return states.look(accountAggregate, accountId, (account) =>
    check({ account, userId, application, roles, permission, resource, now }),
  );
};

/** Rights found out from the states that the answer is, so that both are of one moment and confirmed together. */
const rightsIn = (states: States): Pick<RightsReading, 'access'> => ({
  access: {
    account: (id, look) => states.look(accountAggregate, id, look),
    roles: async (...ids) => {
      const named = ids.filter((id) => typeof id === 'string');
      const roles = await Promise.all(
        named.map((id) => states.look(roleAggregate, id, (state) => ({ ...state }), roleReading(id))),
      );
      return new Map(roles.filter(({ revision }) => revision >= 0n).map((role) => [role.id, role]));
    },
  },
});

const reachable = async (
  reading: Pick<RightsReading, 'access'>,
  { checks, caller }: Check,
  past: boolean,
): Promise<readonly boolean[]> =>
  Promise.all(
    checks.map(async (question, index) => {
      try {
        return await isInReach(reading, caller, question, past);
      } catch (error) {
        if (!(error instanceof Refusal) || checks.length === 1) throw error;
        const [{ code, pointer = '' } = { code: error.code }] = error.problems;
        throw new Refusal(error.code, error.details, [{ code, pointer: `/checks/${index}${pointer}` }]);
      }
    }),
  );

/**
 * Answers questions from the streams they depend on, never from a view; all at one moment.
 * @throws Refusal not-allowed, application-not-found, position-unknown, as-of-in-the-future, cannot-confirm
 */
export const answerChecks = async (asked: Check, reading: LogReading): Promise<Checked> => {
  const { checks, now } = asked;
  const { access, views, reader } = reading;
  const asOf = asked.asOf === '' ? undefined : asked.asOf;
  const answersOf = (states: States, answered: readonly boolean[], clock: string): Promise<readonly Answer[]> =>
    Promise.all(
      checks.map(async (question, index) => (answered[index] === true ? judge(states, question, clock) : notAMember)),
    );
  if (asOf !== undefined) {
    const answered = await reachable(reading, asked, true);
    const moment = await reader.moment(['moments'], { asOf, minPosition: asked.minPosition, now: new Date(now) });
    const clock = await clockAt(reading, moment, now);
    const answers = await answersOf(statesAt(views.log, moment.position), answered, clock);
    return { answers, position: formatPosition(moment.position) };
  }
  // Before the states are looked at: they stand at this position or later.
  const head = await views.log.head().catch((error: unknown) => {
    throw unconfirmed(error);
  });
  if (BigInt(asked.minPosition ?? 0) > head) refuse('position-unknown');
  const answers = await access.loop.atOneMoment(async (states) =>
    answersOf(states, await reachable(rightsIn(states), asked, false), now),
  );
  return { answers, position: formatPosition(head) };
};

/** {@link answerChecks} of a single question. */
export const answerCheck = async (asked: Check, reading: LogReading): Promise<CheckAnswer> => {
  const { answers, position } = await answerChecks(asked, reading);
  return { ...(answers[0] ?? notAMember), position };
};
