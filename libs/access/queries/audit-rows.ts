import { erasedText } from '#eventing/event-sealer.js';
import type { Moment } from '#eventing/moment.js';
import type { Privacy } from '#privacy/privacy.js';
import type { AuditChange, AuditSubject } from '../views/audit-changes.js';
import type { AuditRow } from '../views/audit-log.js';
import { type AuditNames, auditText } from '../views/audit-text.js';
import { fullName, peopleOf, productName, type ShownActor } from './names.js';
import type { Reading } from './query.js';
import { rowsAt } from './view-rows.js';

export interface AuditAnswer {
  readonly eventId: string;
  readonly position: string;
  readonly at: string;
  readonly type: string;
  readonly accountId: string | null;
  readonly actor: ShownActor;
  readonly via: string | null;
  readonly subject: (AuditSubject & { readonly name: string }) | null;
  readonly application: { readonly id: string; readonly name: string } | null;
  readonly changes: readonly AuditChange[];
  readonly reason: string | null;
  readonly ticket: string | null;
  readonly correlationId: string | null;
  readonly causationId: string | null;
  readonly denied: AuditRow['denied'];
  readonly text: string;
}

/** The views that the audit log is joined from. */
export const auditViews = ['audit-log', 'accounts', 'applications', 'roles', 'api-keys', 'members'] as const;

const reasonOf = async (privacy: Pick<Privacy, 'open'>, { reason, eventId }: AuditRow): Promise<string | null> => {
  if (reason === null) return null;
  const place = { stream: reason.stream, eventId, field: 'reason' };
  return (await privacy.open(reason.subject, place, reason.sealed)) ?? erasedText;
};

const idsOf = (rows: readonly AuditRow[], kind: AuditSubject['kind']): string[] =>
  rows.flatMap(({ subject }) => (subject?.kind === kind ? [subject.id] : []));

const rolesOf = ({ changes }: AuditRow): string[] =>
  changes
    .filter(({ field }) => field === 'role')
    .flatMap(({ from, to }) => [from, to])
    .filter((id) => typeof id === 'string');

/** All names that the rows speak of, each read once. */
const namesOf = async (reading: Reading, rows: readonly AuditRow[], moment: Moment): Promise<AuditNames> => {
  const actors = (kind: ShownActor['kind']): string[] =>
    rows.filter(({ actor }) => actor.kind === kind).map(({ actor }) => actor.id);
  const accountIds = [...rows.map(({ accountId }) => accountId), ...idsOf(rows, 'account')];
  const applicationIds = rows.flatMap((row) => [row.applicationId, ...row.applicationIds]);
  const [people, accounts, applications, roles, keys] = await Promise.all([
    peopleOf(reading, [...actors('user'), ...idsOf(rows, 'user')]),
    rowsAt(reading, 'accounts', accountIds, moment),
    rowsAt(reading, 'applications', [...applicationIds, ...idsOf(rows, 'application')], moment),
    rowsAt(reading, 'roles', [...rows.flatMap(rolesOf), ...idsOf(rows, 'role')], moment),
    rowsAt(reading, 'api-keys', [...actors('service'), ...idsOf(rows, 'key')], moment),
  ]);
  return {
    user: (id) => {
      const person = people.get(id);
      return person && fullName(person);
    },
    account: (id) => accounts.get(id)?.name,
    application: (id) => applications.get(id)?.name,
    role: (id) => roles.get(id)?.title,
    key: (id) => keys.get(id)?.name,
  };
};

const actorName = ({ kind, id }: AuditRow['actor'], names: AuditNames): string => {
  if (kind === 'system') return productName;
  return (kind === 'user' ? names.user(id) : names.key(id)) ?? id;
};

/** Rows of the audit log with names, the opened reason and the sentence. */
export const auditRows = async (
  reading: Reading,
  rows: readonly AuditRow[],
  moment: Moment,
): Promise<readonly AuditAnswer[]> => {
  const names = await namesOf(reading, rows, moment);
  const subjectName = ({ kind, id }: AuditSubject): string =>
    (kind === 'platform' ? reading.platformName : names[kind](id)) ?? id;
  return Promise.all(
    rows.map(async (row) => {
      const { applicationId, subject } = row;
      return {
        eventId: row.eventId,
        position: row.position,
        at: row.at,
        type: row.type,
        accountId: row.accountId,
        actor: { kind: row.actor.kind, id: row.actor.id, name: actorName(row.actor, names) },
        via: row.via,
        subject: subject === null ? null : { kind: subject.kind, id: subject.id, name: subjectName(subject) },
        application:
          applicationId === null
            ? null
            : { id: applicationId, name: names.application(applicationId) ?? applicationId },
        changes: row.changes,
        reason: await reasonOf(reading.privacy, row),
        ticket: row.ticket,
        correlationId: row.correlationId,
        causationId: row.causationId,
        denied: row.denied,
        text: auditText(row, names),
      };
    }),
  );
};
