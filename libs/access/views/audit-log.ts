import type { RecordedEvent } from '#eventing/event-store.js';
import { subjectOf } from '#eventing/event-types.js';
import type { JsonObject } from '#eventing/json.js';
import { formatPosition } from '#eventing/position.js';
import type { View } from '#eventing/view.js';
import { type EventName, eventTypes } from '../events.js';
import { type AuditChange, type AuditSubject, auditChanges } from './audit-changes.js';
import { type ActorOfRow, decidedBy } from './view-folds.js';

/** One event as the audit log tells it: ids only, so that it never has to be scrubbed. */
export type AuditRow = {
  readonly eventId: string;
  readonly position: string;
  readonly at: string;
  readonly type: string;
  /** Null for what concerns no single account. */
  readonly accountId: string | null;
  readonly actor: ActorOfRow;
  readonly via: string | null;
  readonly subject: AuditSubject | null;
  readonly applicationId: string | null;
  /** Where one event names several. */
  readonly applicationIds: readonly string[];
  readonly changes: readonly AuditChange[];
  /** Sealed, with what opens it: the stream, the event's id and whose key it is. */
  readonly reason: { readonly sealed: string; readonly stream: string; readonly subject: string } | null;
  readonly ticket: string | null;
  readonly correlationId: string | null;
  readonly causationId: string | null;
  readonly denied: { readonly action: string; readonly code: string; readonly times: number } | null;
};

const told = ({ type, data }: RecordedEvent): Pick<AuditRow, 'subject' | 'changes'> => {
  const row = Object.hasOwn(auditChanges, type) ? auditChanges[type as EventName] : undefined;
  if (row === undefined) return { subject: null, changes: [] };
  return { subject: row.subject(data as never), changes: row.changes(data as never) };
};

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? (value as string[]) : []);

const scopeOf = (data: JsonObject): JsonObject => (data['scope'] ?? {}) as JsonObject;

const reasonOf = (event: RecordedEvent): AuditRow['reason'] => {
  const sealed = event.metadata['reason'];
  return sealed === undefined
    ? null
    : { sealed, stream: event.stream, subject: subjectOf(eventTypes, event.stream, event) };
};

const rowOf = (event: RecordedEvent): AuditRow => {
  const { data, metadata } = event;
  return {
    eventId: event.id,
    position: formatPosition(event.position),
    at: event.recordedAt,
    type: event.type,
    accountId: text(data['accountId']) ?? text(scopeOf(data)['accountId']),
    actor: decidedBy(event),
    via: metadata['via'] ?? null,
    ...told(event),
    applicationId: text(data['applicationId']) ?? text(scopeOf(data)['applicationId']),
    applicationIds: texts(data['applicationIds']),
    reason: reasonOf(event),
    ticket: metadata['ticket'] ?? null,
    correlationId: metadata['correlationId'] ?? null,
    causationId: metadata['causationId'] ?? null,
    denied: null,
  };
};

export const auditLogView: View<AuditRow> = {
  name: 'audit-log',
  version: 1,
  appendOnly: true,
  rows: (event) => [formatPosition(event.position)],
  fold: (_, event) => rowOf(event),
  columns: {
    accountId: 'text',
    actorId: 'text',
    subjectId: 'text',
    applicationId: 'text',
    type: 'text',
    correlationId: 'text',
    eventId: 'text',
    at: 'text',
    scope: 'text',
  },
  // Times are turned into positions, which are the key; so `at` needs no index.
  indexes: [
    ['accountId'],
    ['actorId'],
    ['subjectId'],
    ['applicationId'],
    ['type'],
    ['correlationId'],
    ['eventId'],
    ['scope'],
  ],
  columnsOf: (row) => ({
    accountId: row.accountId,
    actorId: row.actor.id,
    subjectId: row.subject?.id ?? null,
    applicationId: row.applicationId,
    type: row.type,
    correlationId: row.correlationId,
    eventId: row.eventId,
    at: row.at,
    scope: row.accountId === null ? 'platform' : 'account',
  }),
  /** A filter by application is this column or `wordStartsWith` its id: an invitation names several. */
  wordsOf: ({ applicationIds }) => applicationIds,
};
