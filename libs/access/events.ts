import type { EventTypes } from '#eventing/event-types.js';
import { given, type JsonObject } from '#eventing/json.js';

/** How an access came about. */
export type AccessOrigin = 'invitation' | 'assigned' | 'auto-assigned' | 'shared';
/** What took an access. */
export type RevocationCause = 'revoked' | 'unassigned' | 'retired' | 'member-removed' | 'account-closed';

/** A type alias, not an interface, so that data is a JsonObject. */
interface EventShapes {
  PlatformStarted: { logId: string };
  /** The log is a copy of another, whose id was `from`. */
  LogRenewed: { logId: string; from: string };
  DefaultApplicationChosen: { applicationId: string };

  RoleDefined: {
    roleId: string;
    title: string;
    note: string;
    permissions: string[];
    builtIn: boolean;
    accountId?: string;
  };
  RoleRedefined: { roleId: string; title: string; note: string; permissions: string[] };
  RoleRetired: { roleId: string };

  ApplicationRegistered: {
    applicationId: string;
    name: string;
    description?: string;
    homeUrl?: string;
    externalId?: string;
    publisherAccountId?: string;
    ownerId?: string;
    assignableBy: 'operators' | 'admins';
  };
  ApplicationActivated: { applicationId: string };
  ApplicationDeactivated: { applicationId: string };

  UserRegistered: { userId: string; firstName: string; lastName: string; email: string };
  UserRenamed: { userId: string; firstName: string; lastName: string };
  UserErased: { userId: string };

  ApiKeyIssued: {
    keyId: string;
    name: string;
    secretSha256: string;
    scope:
      { kind: 'platform' } | { kind: 'account'; accountId: string } | { kind: 'application'; applicationId: string };
    /** With scope: `members:invite@account`; a platform key may hold `*@platform`. */
    permissions: string[];
    expiresAt?: string;
  };
  ApiKeyRevoked: { keyId: string };

  AccountOpened: { accountId: string; name: string; plan: string; externalId?: string };
  ApplicationAssigned: {
    accountId: string;
    applicationId: string;
    origin: 'assigned' | 'default' | 'published' | 'auto-assigned';
  };
  /** Takes every access to it in the account: AccessRevoked of each follows, in the same append or soon after. */
  ApplicationUnassigned: { accountId: string; applicationId: string };
  UserInvited: {
    accountId: string;
    invitationId: string;
    issue: number;
    userId: string;
    role: string;
    applicationIds: string[];
    teamId?: string;
    expiresAt: string;
    tokenSha256: string;
    firstName: string;
    lastName: string;
    email: string;
  };
  InvitationResent: {
    accountId: string;
    invitationId: string;
    userId: string;
    issue: number;
    tokenSha256: string;
    expiresAt: string;
  };
  InvitationAccepted: { accountId: string; invitationId: string; userId: string; lostApplicationIds: string[] };
  InvitationDeclined: { accountId: string; invitationId: string; userId: string };
  InvitationRevoked: { accountId: string; invitationId: string; userId: string };
  InvitationExpired: { accountId: string; invitationId: string; userId: string; issue: number };
  /** With the person's own name and e-mail; before, the account sees what the inviter typed. */
  MemberJoined: {
    accountId: string;
    userId: string;
    role: string;
    teamId?: string;
    firstName: string;
    lastName: string;
    email: string;
  };
  /** With an application: the role of that access; null = back to the member's role. */
  RoleChanged: { accountId: string; userId: string; from: string | null; to: string | null; applicationId?: string };
  MemberRemoved: { accountId: string; userId: string };
  AccessGranted: {
    accountId: string;
    grantId: string;
    userId: string;
    applicationId: string;
    origin: AccessOrigin;
    role?: string;
    expiresAt?: string;
  };
  AccessRevoked: { accountId: string; grantId: string; userId: string; applicationId: string; cause: RevocationCause };
  AccessExpired: { accountId: string; grantId: string; userId: string; applicationId: string };
}

export type EventName = keyof EventShapes;
export type EventDataOf<Name extends EventName> = EventShapes[Name];

/** Any fact of the product: `type` tells the shape of `data`. */
export type AccessFact<Name extends EventName = EventName> = {
  [N in Name]: { readonly type: N; readonly data: EventShapes[N] & JsonObject };
}[Name];

type Given<Shape> = { [F in keyof Shape]: object extends Pick<Shape, F> ? Shape[F] | undefined : Shape[F] };

/** A fact of this name: `fact('RoleChanged', { … })`. Fields that are undefined are left out. */
export const fact = <Name extends EventName>(type: Name, data: Given<EventDataOf<Name>>): AccessFact<Name> =>
  ({ type, data: given(data) }) as AccessFact<Name>;

const plain = { version: 1 } as const;
const aboutUser = { version: 1, subject: (data: JsonObject): string => data['userId'] as string } as const;
const person = { ...aboutUser, personal: ['firstName', 'lastName'] } as const;
const personWithEmail = { ...aboutUser, personal: ['firstName', 'lastName', 'email'] } as const;

/** Every event's version, and whose key seals which of its fields. */
export const eventTypes = {
  PlatformStarted: plain,
  LogRenewed: plain,
  DefaultApplicationChosen: plain,
  RoleDefined: plain,
  RoleRedefined: plain,
  RoleRetired: plain,
  ApplicationRegistered: plain,
  ApplicationActivated: plain,
  ApplicationDeactivated: plain,
  UserRegistered: personWithEmail,
  UserRenamed: person,
  UserErased: plain,
  ApiKeyIssued: plain,
  ApiKeyRevoked: plain,
  AccountOpened: plain,
  ApplicationAssigned: plain,
  ApplicationUnassigned: plain,
  UserInvited: personWithEmail,
  InvitationResent: aboutUser,
  InvitationAccepted: aboutUser,
  InvitationDeclined: aboutUser,
  InvitationRevoked: aboutUser,
  InvitationExpired: aboutUser,
  MemberJoined: personWithEmail,
  RoleChanged: aboutUser,
  MemberRemoved: aboutUser,
  AccessGranted: aboutUser,
  AccessRevoked: aboutUser,
  AccessExpired: aboutUser,
} as const satisfies EventTypes & Record<EventName, unknown>;
