import { formatPosition } from '#eventing/position.js';
import { refuse } from '#eventing/refusal.js';
import type { Condition } from '#eventing/view-store.js';
import type { Caller } from '../caller.js';
import { requireAccountInReach } from '../reach.js';
import { type AuditAnswer, auditRows, auditViews } from './audit-rows.js';
import { answerCheck, Check, type CheckAnswer } from './check.js';
import type { LogReading } from './log-reading.js';
import { query } from './query.js';
import { everyRow } from './view-rows.js';

/** Why may this person use this application, or not? */
export class Explain extends query<{
  accountId: string;
  userId: string;
  applicationId: string;
  asOf?: string | undefined;
  minPosition?: string | undefined;
}>() {}

/** An event that an explanation rests on. */
export type Link = Pick<AuditAnswer, 'eventId' | 'position' | 'type' | 'at' | 'actor' | 'reason' | 'ticket' | 'text'>;

export interface Explanation {
  readonly accountId: string;
  readonly userId: string;
  readonly applicationId: string;
  readonly now: CheckAnswer;
  /** Since when the answer is what it is; null when nothing ever happened. */
  readonly since: string | null;
  readonly chain: readonly Link[];
  readonly gates: readonly Link[];
}

const replayRight = { platform: 'history:replay', account: 'history:replay' };

/** One's own explanation needs no permission, only to have been in the account. */
const requireReach = async (reading: LogReading, caller: Caller, asked: Explain): Promise<void> => {
  const { accountId, userId, applicationId } = asked;
  if (caller.kind === 'user' && caller.id === userId) {
    const known = await reading.access.account(
      accountId,
      ({ members, pending }) => members.has(userId) || pending.has(userId),
    );
    if (known) return;
  }
  await requireAccountInReach(reading, caller, accountId, replayRight);
  const only = caller.kind === 'service' && caller.scope.kind === 'application' ? caller.scope.applicationId : null;
  if (only !== null && only !== applicationId) refuse('application-not-found');
};

const ofMembership = [
  'UserInvited',
  'InvitationAccepted',
  'InvitationDeclined',
  'InvitationRevoked',
  'InvitationExpired',
  'MemberJoined',
  'RoleChanged',
  'MemberSuspended',
  'MemberReactivated',
  'MemberRemoved',
];
const ofAccountGate = ['AccountSuspended', 'AccountReactivated', 'AccountClosed'];
const ofAssignment = ['ApplicationAssigned', 'ApplicationUnassigned'];
const ofApplicationGate = ['ApplicationActivated', 'ApplicationDeactivated', 'ApplicationRetired'];
const opening = ['ApplicationActivated', 'AccountReactivated', 'MemberReactivated'];

const chainOf = ({ accountId, userId, applicationId }: Explain): Condition[] => [
  { column: 'accountId', in: [accountId] },
  { column: 'subjectId', in: [userId] },
  {
    anyOf: [
      { column: 'applicationId', in: [applicationId] },
      // An invitation names its applications as words.
      { wordStartsWith: applicationId },
      { column: 'type', in: ofMembership },
    ],
  },
];

const gatesOf = ({ accountId, applicationId }: Explain): readonly Condition[][] => [
  [
    { column: 'applicationId', in: [applicationId] },
    { column: 'accountId', in: [null] },
    { column: 'type', in: ofApplicationGate },
  ],
  [
    { column: 'applicationId', in: [applicationId] },
    { column: 'accountId', in: [accountId] },
    { column: 'type', in: ofAssignment },
  ],
  [
    { column: 'accountId', in: [accountId] },
    { column: 'type', in: ofAccountGate },
  ],
];

const linkOf = ({ eventId, position, type, at, actor, reason, ticket, text }: AuditAnswer): Link => ({
  eventId,
  position,
  type,
  at,
  actor,
  reason,
  ticket,
  text,
});

const byPosition = (a: { readonly position: string }, b: { readonly position: string }): number =>
  a.position < b.position ? -1 : 1;

const endOf = ({ changes }: AuditAnswer): string | null => {
  const end = changes.find(({ field }) => field === 'expiresAt')?.to;
  return typeof end === 'string' ? end : null;
};

const sinceOf = ({ allowed, because }: CheckAnswer, rows: readonly AuditAnswer[]): string | null => {
  if (allowed) {
    const granted = rows.findLast(({ type }) => type === 'AccessGranted');
    const opened = rows.findLast(({ type }) => opening.includes(type));
    return [granted, opened].reduce<string | null>((at, row) => (row && row.at > (at ?? '') ? row.at : at), null);
  }
  const cause = rows.findLast(({ eventId }) => because.causes.includes(eventId));
  // The end of an access needs no event to come.
  if (cause?.type === 'AccessGranted' && because.code === 'access-expired') return endOf(cause);
  return cause?.at ?? null;
};

/** Rows of other roles and applications' own roles than this one's say nothing here. */
const concerns =
  ({ applicationId }: Explain) =>
  (row: { readonly applicationId: string | null }): boolean =>
    row.applicationId === null || row.applicationId === applicationId;

/**
 * The answer to the check, and the events that led to it.
 * @throws Refusal account-not-found, application-not-found, not-allowed
 */
export const explain = async (asked: Explain, reading: LogReading): Promise<Explanation> => {
  const { accountId, userId, applicationId, caller, now } = asked;
  await requireReach(reading, caller, asked);
  const asOf = asked.asOf === '' ? undefined : asked.asOf;
  // What the check knows, the chain must show.
  const head = asOf === undefined ? formatPosition(await reading.views.log.head()) : undefined;
  const minPosition = asked.minPosition ?? head;
  const moment = await reading.reader.moment(auditViews, { asOf, minPosition, now: new Date(now) });
  const question = { checks: [{ accountId, userId, applicationId }], asOf, minPosition: asked.minPosition };
  // Whether the caller may see this is decided; the check is asked by the product itself.
  const answer = await answerCheck(new Check(question, { caller: { kind: 'system', id: 'system' }, now }), reading);
  const [chainRows = [], applicationGates = [], assignments = [], accountGates = []] = await Promise.all(
    [chainOf(asked), ...gatesOf(asked)].map((where) => everyRow(reading, 'audit-log', where, moment)),
  );
  // An application that the account never had is none of its business.
  const gateRows = assignments.length === 0 ? [accountGates] : [applicationGates, assignments, accountGates];
  const [chain, gates] = await Promise.all([
    auditRows(reading, chainRows.filter(concerns(asked)), moment),
    auditRows(reading, gateRows.flat().sort(byPosition), moment),
  ]);
  return {
    accountId,
    userId,
    applicationId,
    now: answer,
    since: sinceOf(answer, [...chain, ...gates].sort(byPosition)),
    chain: chain.map(linkOf),
    gates: gates.map(linkOf),
  };
};
