import type { RecordedEvent } from '#eventing/event-store.js';
import { formatPosition } from '#eventing/position.js';
import type { View } from '#eventing/view.js';
import type { EventDataOf, EventName, RevocationCause } from '../events.js';
import { type ActorOfRow, type ViewFolds, decidedBy, viewFolds } from './view-folds.js';

/** The kinds of changes that the interface names; some are yet to be told. */
export const accessChangeTypes = [
  'granted',
  'revoked',
  'expired',
  'end-changed',
  'role-changed',
  'team-changed',
  'member-removed',
  'gate-shut',
  'gate-opened',
  'role-redefined',
  'user-erased',
] as const;

/** What subscribers follow. Ids name whom a gate, a redefined role or an erased user touches by scope: null = all. */
export type AccessChangeRow = {
  readonly position: string;
  readonly eventId: string;
  readonly at: string;
  readonly type: (typeof accessChangeTypes)[number];
  readonly accountId: string | null;
  readonly userId: string | null;
  readonly applicationId: string | null;
  readonly role: string | null;
  readonly expiresAt: string | null;
  readonly gate: 'application' | 'account' | 'member' | null;
  readonly cause: RevocationCause | null;
  readonly actor: ActorOfRow;
  readonly correlationId: string | null;
};

type Told = Pick<AccessChangeRow, 'type'> & Partial<AccessChangeRow>;

const rowOf = (event: RecordedEvent, told: Told): AccessChangeRow => ({
  position: formatPosition(event.position),
  eventId: event.id,
  at: event.recordedAt,
  accountId: null,
  userId: null,
  applicationId: null,
  role: null,
  expiresAt: null,
  gate: null,
  cause: null,
  actor: decidedBy(event),
  correlationId: event.metadata['correlationId'] ?? null,
  ...told,
});

const telling = <Name extends EventName>(tell: (data: EventDataOf<Name>) => Told) => ({
  rows: (_: EventDataOf<Name>, event: RecordedEvent) => [formatPosition(event.position)],
  fold: (_: AccessChangeRow | undefined, data: EventDataOf<Name>, event: RecordedEvent) => rowOf(event, tell(data)),
});

const ofMember = ({ accountId, userId }: { readonly accountId: string; readonly userId: string }) => ({
  accountId,
  userId,
});

const folds: ViewFolds<AccessChangeRow> = {
  AccessGranted: telling<'AccessGranted'>((data) => ({
    type: 'granted',
    ...ofMember(data),
    applicationId: data.applicationId,
    role: data.role ?? null,
    expiresAt: data.expiresAt ?? null,
  })),
  AccessRevoked: telling<'AccessRevoked'>((data) => ({
    type: 'revoked',
    ...ofMember(data),
    applicationId: data.applicationId,
    cause: data.cause,
  })),
  AccessExpired: telling<'AccessExpired'>((data) => ({
    type: 'expired',
    ...ofMember(data),
    applicationId: data.applicationId,
  })),
  RoleChanged: telling<'RoleChanged'>((data) => ({
    type: 'role-changed',
    ...ofMember(data),
    applicationId: data.applicationId ?? null,
    role: data.to,
  })),
  MemberRemoved: telling<'MemberRemoved'>((data) => ({ type: 'member-removed', ...ofMember(data) })),
  ApplicationActivated: telling<'ApplicationActivated'>(({ applicationId }) => ({
    type: 'gate-opened',
    gate: 'application',
    applicationId,
  })),
  ApplicationDeactivated: telling<'ApplicationDeactivated'>(({ applicationId }) => ({
    type: 'gate-shut',
    gate: 'application',
    applicationId,
  })),
  RoleRedefined: telling<'RoleRedefined'>(({ roleId }) => ({ type: 'role-redefined', role: roleId })),
  UserErased: telling<'UserErased'>(({ userId }) => ({ type: 'user-erased', userId })),
};

export const accessChangesView: View<AccessChangeRow> = {
  name: 'access-changes',
  version: 1,
  appendOnly: true,
  ...viewFolds(folds),
  columns: { accountId: 'text', userId: 'text', applicationId: 'text', type: 'text' },
  indexes: [['accountId'], ['userId'], ['applicationId'], ['type']],
  columnsOf: ({ accountId, userId, applicationId, type }) => ({ accountId, userId, applicationId, type }),
};
