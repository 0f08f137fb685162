import type { States, Work } from '#eventing/at-hand.js';
import { formatPosition } from '#eventing/position.js';
import { Refusal, refuse } from '#eventing/refusal.js';
import { unconfirmed } from '#eventing/retrying.js';
import { type Account, accountAggregate } from '../account/account.js';
import { type Answer, check, type Resource } from '../account/check.js';
import { presentMember } from '../account/member.js';
import { type Application, applicationAggregate } from '../application/application.js';
import type { Caller } from '../caller.js';
import { holdsOnPlatform, permissionScopes } from '../permission.js';
import { type Standing, standingOf } from '../reach.js';
import { type Role, roleAggregate, roleReading, type Roles } from '../role/role.js';
import { onceFolded, statesAt } from './past-states.js';
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

const mayAskOf = (caller: Caller, standing: Standing, account: Account, userId: string): boolean => {
  if (asking.some((name) => holdsOnPlatform(caller, name))) return true;
  const scopes = asking.flatMap((name) => permissionScopes(standing.held, name));
  if (caller.kind === 'service') return scopes.length > 0;
  if (scopes.includes('account')) return true;
  const teamId = presentMember(account, userId)?.teamId ?? null;
  return scopes.includes('team') && teamId !== null && teamId === standing.teamId;
};

const isKnown = (account: Account, userId: string): boolean =>
  account.members.has(userId) || account.pending.has(userId);

/** An application's key asks about its own application; a member's role alone is no business of it. */
const requireOwn = (own: { readonly applicationId: string }, asked: string | undefined): void => {
  if (asked === undefined) throw new Refusal('invalid-request', {}, [{ code: 'required', pointer: '/applicationId' }]);
  if (asked !== own.applicationId) refuse('application-not-found');
};

/** Whether the caller may look into the past of an account. */
const mayReplay = (caller: Caller, standing: Standing | undefined): boolean => {
  const scopes = permissionScopes(standing?.held ?? [], 'history:replay');
  return holdsOnPlatform(caller, 'history:replay') || scopes.includes('account') || scopes.includes('platform');
};

const defined = (role: Role): Role | undefined => (role.revision < 0n ? undefined : role);

const rolesIn = (states: States): Roles => ({
  get: (id) => states.look(roleAggregate, id, defined, roleReading(id)),
});

/**
 * Whether a question is to be answered, by today's rights; false where it must look as if there were no such account.
 * @throws Refusal not-allowed with `needs`, and to an application's key application-not-found or invalid-request
 */
const isInReach = (
  caller: Caller,
  account: Account,
  roles: Roles,
  { userId, applicationId }: CheckQuestion,
  past: boolean,
): boolean => {
  if (caller.kind === 'system') return true;
  if (caller.kind === 'service' && caller.scope.kind === 'application') requireOwn(caller.scope, applicationId);
  const standing = standingOf(caller, account, roles);
  const own = caller.kind === 'user' && caller.id === userId;
  if (standing === undefined && !(own && isKnown(account, userId))) return false;
  if (!own && standing !== undefined && !mayAskOf(caller, standing, account, userId))
    refuse('not-allowed', { needs: 'access:check@account' });
  if (past && !mayReplay(caller, standing)) refuse('not-allowed', { needs: 'history:replay@account' });
  return true;
};

/** The answer as of the states, judged at a time. */
const judge = (states: States, account: Account, roles: Roles, question: CheckQuestion, now: string): Answer => {
  const { userId, applicationId, permission, resource } = question;
  const answer = (application?: Application): Answer =>
    check({ account, userId, application, roles, permission, resource, now });
  return applicationId === undefined ? answer() : states.look(applicationAggregate, applicationId, answer);
};

/** A work's refusal says which of many questions it refuses. */
const naming =
  <Result>(work: Work<Result>, index: number): Work<Result> =>
  (states) => {
    try {
      return work(states);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const [{ code, pointer = '' } = { code: error.code }] = error.problems;
      throw new Refusal(error.code, error.details, [{ code, pointer: `/checks/${index}${pointer}` }]);
    }
  };

/** Works on the questions each by itself. */
const ofEach = <Result>(
  questions: readonly CheckQuestion[],
  of: (states: States, account: Account, roles: Roles, question: CheckQuestion, index: number) => Result,
): readonly Work<Result>[] => {
  const works = questions.map(
    (question, index): Work<Result> =>
      (states) =>
        states.look(accountAggregate, question.accountId, (account) =>
          of(states, account, rolesIn(states), question, index),
        ),
  );
  return works.length === 1 ? works : works.map(naming);
};

/** By today's rights, which are of another moment than the answers. */
const answerPast = async (asked: Check, asOf: string, reading: LogReading): Promise<Checked> => {
  const { checks, caller, now } = asked;
  const { access, views, reader } = reading;
  const reached = await access.loop.atOneMoment(
    ofEach(checks, (_, account, roles, question) => isInReach(caller, account, roles, question, true)),
  );
  const moment = await reader.moment(['moments'], { asOf, minPosition: asked.minPosition, now: new Date(now) });
  const clock = await clockAt(reading, moment, now);
  const answers = await onceFolded(
    statesAt(views.log, moment.position),
    ofEach(checks, (then, account, roles, question, index) =>
      reached[index] === true ? judge(then, account, roles, question, clock) : notAMember,
    ),
  );
  return { answers, position: formatPosition(moment.position) };
};

/**
 * Answers questions from the streams they depend on, never from a view; all at one moment.
 * @throws Refusal not-allowed, application-not-found, position-unknown, as-of-in-the-future, cannot-confirm
 */
export const answerChecks = async (asked: Check, reading: LogReading): Promise<Checked> => {
  const { checks, caller, asOf = '', minPosition, now } = asked;
  const { access, views } = reading;
  if (asOf !== '') return answerPast(asked, asOf, reading);
  // Before the states are looked at: they stand at this position or later.
  let head: bigint;
  try {
    head = await views.log.head();
  } catch (error) {
    throw unconfirmed(error);
  }
  if (minPosition !== undefined && BigInt(minPosition) > head) refuse('position-unknown');
  // Rights are found out from the states that the answer is, so that both are of one moment and confirmed together.
  const answers = await access.loop.atOneMoment(
    ofEach(checks, (states, account, roles, question) =>
      isInReach(caller, account, roles, question, false) ? judge(states, account, roles, question, now) : notAMember,
    ),
  );
  return { answers, position: formatPosition(head) };
};

/** {@link answerChecks} of a single question. */
export const answerCheck = async (asked: Check, reading: LogReading): Promise<CheckAnswer> => {
  const { answers, position } = await answerChecks(asked, reading);
  const { allowed, because, validUntil } = answers[0] ?? notAMember;
  return { allowed, because, validUntil, position };
};
