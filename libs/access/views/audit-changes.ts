import type { JsonValue } from '#eventing/json.js';
import type { EventDataOf, EventName } from '../events.js';

/** What a decision was about. */
export type AuditSubject = {
  readonly kind: 'platform' | 'account' | 'application' | 'role' | 'key' | 'user';
  readonly id: string;
};

/** Before and after as the event tells them; null where there was nothing, or the event doesn't say what. */
export type AuditChange = { readonly field: string; readonly from: JsonValue; readonly to: JsonValue };

interface Told<Name extends EventName> {
  readonly subject: (data: EventDataOf<Name>) => AuditSubject;
  readonly changes: (data: EventDataOf<Name>) => readonly AuditChange[];
}

const platform = (): AuditSubject => ({ kind: 'platform', id: 'platform' });
const account = (data: { accountId: string }): AuditSubject => ({ kind: 'account', id: data.accountId });
const application = (data: { applicationId: string }): AuditSubject => ({
  kind: 'application',
  id: data.applicationId,
});
const role = (data: { roleId: string }): AuditSubject => ({ kind: 'role', id: data.roleId });
const key = (data: { keyId: string }): AuditSubject => ({ kind: 'key', id: data.keyId });
const user = (data: { userId: string }): AuditSubject => ({ kind: 'user', id: data.userId });

const change = (field: string, from: JsonValue, to: JsonValue): AuditChange => ({ field, from, to });
const always =
  (...changes: readonly AuditChange[]) =>
  (): readonly AuditChange[] =>
    changes;
/** Fields that came with a new thing; those it was made without are left out. */
const made = (fields: Readonly<Record<string, JsonValue | undefined>>): readonly AuditChange[] =>
  Object.entries(fields).flatMap(([field, to]) => (to === undefined ? [] : [change(field, null, to)]));

const closedInvitation = (status: 'accepted' | 'declined' | 'revoked' | 'expired') => ({
  subject: user,
  changes: always(change('invitation', 'pending', status)),
});

/** What each kind of event says in the audit log: whom it is about, and what it changed. Nothing personal. */
export const auditChanges: { readonly [Name in EventName]: Told<Name> } = {
  PlatformStarted: { subject: platform, changes: always(change('status', null, 'started')) },
  LogRenewed: { subject: platform, changes: ({ logId, from }) => [change('logId', from, logId)] },
  DefaultApplicationChosen: { subject: application, changes: always(change('isDefault', false, true)) },

  RoleDefined: { subject: role, changes: ({ title, note, permissions }) => made({ title, note, permissions }) },
  RoleRedefined: { subject: role, changes: ({ title, note, permissions }) => made({ title, note, permissions }) },
  RoleRetired: { subject: role, changes: always(change('status', 'active', 'retired')) },

  ApplicationRegistered: {
    subject: application,
    changes: ({ name, description, homeUrl, externalId, publisherAccountId, ownerId, assignableBy }) =>
      made({ status: 'inactive', name, description, homeUrl, externalId, publisherAccountId, ownerId, assignableBy }),
  },
  ApplicationActivated: { subject: application, changes: always(change('status', 'inactive', 'active')) },
  ApplicationDeactivated: { subject: application, changes: always(change('status', 'active', 'inactive')) },

  UserRegistered: { subject: user, changes: always(change('status', null, 'registered')) },
  UserRenamed: { subject: user, changes: always() },
  UserErased: { subject: user, changes: always(change('status', 'registered', 'erased')) },

  ApiKeyIssued: {
    subject: key,
    changes: ({ name, scope, permissions, expiresAt }) =>
      made({ status: 'active', name, scope, permissions, expiresAt }),
  },
  ApiKeyRevoked: { subject: key, changes: always(change('status', 'active', 'revoked')) },

  AccountOpened: {
    subject: account,
    changes: ({ name, plan, externalId }) => made({ status: 'active', name, plan, externalId }),
  },
  ApplicationAssigned: {
    subject: application,
    changes: ({ origin }) => [change('assigned', false, true), ...made({ origin })],
  },
  ApplicationUnassigned: { subject: application, changes: always(change('assigned', true, false)) },

  UserInvited: {
    subject: user,
    changes: ({ role, teamId, expiresAt }) => made({ invitation: 'pending', role, teamId, expiresAt }),
  },
  InvitationResent: {
    subject: user,
    changes: ({ issue, expiresAt }) => [change('issue', issue - 1, issue), ...made({ expiresAt })],
  },
  InvitationAccepted: closedInvitation('accepted'),
  InvitationDeclined: closedInvitation('declined'),
  InvitationRevoked: closedInvitation('revoked'),
  InvitationExpired: closedInvitation('expired'),

  MemberJoined: {
    subject: user,
    changes: ({ role, teamId }) => [change('status', 'invited', 'active'), ...made({ role, teamId })],
  },
  RoleChanged: { subject: user, changes: ({ from, to }) => [change('role', from, to)] },
  MemberRemoved: { subject: user, changes: always(change('status', null, 'removed')) },

  AccessGranted: {
    subject: user,
    changes: ({ origin, role, expiresAt }) => made({ access: 'granted', origin, role, expiresAt }),
  },
  AccessRevoked: {
    subject: user,
    changes: ({ cause }) => [change('access', 'granted', 'revoked'), ...made({ cause })],
  },
  AccessExpired: { subject: user, changes: always(change('access', 'granted', 'expired')) },
};
