import type { Application } from '../application/application.js';
import { type Scope, permissionScopes } from '../permission.js';
import type { Roles } from '../role/role.js';
import type { Account } from './account.js';
import { pendingInvitation, statusAt } from './invitation.js';
import { type Access, type Member, hasEnded } from './member.js';

/** May this user do this? Asked of the account's, the application's and the roles' states. */
export interface Question {
  readonly account: Account;
  readonly userId: string;
  /** Left out: the member's role alone. One that was never registered is there as its initial state. */
  readonly application?: Application | undefined;
  readonly roles: Roles;
  /** `resource:action`; left out: may they use the application at all? */
  readonly permission?: string | undefined;
  readonly resource?: Resource | undefined;
  readonly now: string;
}

/** What a service says of the thing it asks about. */
export interface Resource {
  readonly ownerId?: string | null | undefined;
  readonly contactIds?: readonly string[] | undefined;
  readonly teamId?: string | null | undefined;
}

export type CheckCode =
  | 'granted'
  | 'not-a-member'
  | 'invitation-pending'
  | 'member-suspended'
  | 'account-suspended'
  | 'account-closed'
  | 'no-access'
  | 'access-expired'
  | 'application-inactive'
  | 'application-retired'
  | 'permission-not-in-role'
  | 'scope-not-met'
  | 'resource-needed';

export interface Because {
  readonly code: CheckCode;
  /** The effective role, once it mattered. */
  readonly role: string | null;
  readonly permission: string | null;
  /** The widest scopes at which the role holds the permission. */
  readonly scopes: readonly Scope[];
  /** Ids of the events that make it so. */
  readonly causes: readonly string[];
}

export interface Answer {
  readonly allowed: boolean;
  readonly because: Because;
  /** The access's end: an answer of yes is not to be kept longer. */
  readonly validUntil: string | null;
}

type Denial = Pick<Because, 'code' | 'causes'>;

/** Answers with the first reason that applies, in the order account, member, application, access, permission, scope. */
export const check = (question: Question): Answer => {
  const { account, application, userId, now } = question;
  const member = account.members.get(userId);
  const early = accountDenial(account) ?? memberDenial(account, userId, member, now) ?? applicationDenial(application);
  if (early !== undefined || member === undefined) return denied(early ?? { code: 'not-a-member', causes: [] });
  const access = application && member.accesses.get(application.id);
  const denial = application && accessDenial(member, application.id, access, now);
  return denial === undefined ? judgeRole(question, member, access) : denied(denial);
};

const accountDenial = ({ revision, status, statusSetBy }: Account): Denial | undefined =>
  revision < 0n || status === 'active' ? undefined : { code: `account-${status}`, causes: [statusSetBy] };

const memberDenial = (
  account: Account,
  userId: string,
  member: Member | undefined,
  now: string,
): Denial | undefined => {
  if (member?.status === 'active') return undefined;
  if (member?.status === 'suspended') return { code: 'member-suspended', causes: [member.statusSetBy] };
  const invitation = pendingInvitation(account, userId);
  if (invitation !== undefined && statusAt(invitation, now) === 'pending')
    return { code: 'invitation-pending', causes: [invitation.invitedBy] };
  return { code: 'not-a-member', causes: member === undefined ? [] : [member.statusSetBy] };
};

const applicationDenial = (application: Application | undefined): Denial | undefined =>
  application === undefined || application.revision < 0n || application.status === 'active'
    ? undefined
    : { code: `application-${application.status}`, causes: [application.statusSetBy] };

const accessDenial = (
  { lost }: Member,
  applicationId: string,
  access: Access | undefined,
  now: string,
): Denial | undefined => {
  if (access !== undefined)
    return hasEnded(access, now) ? { code: 'access-expired', causes: [access.grantedBy] } : undefined;
  const loss = lost.get(applicationId);
  return {
    code: loss?.expired === true ? 'access-expired' : 'no-access',
    causes: loss === undefined ? [] : [loss.eventId],
  };
};

const judgeRole = (question: Question, member: Member, access: Access | undefined): Answer => {
  const { roles, permission = null, resource } = question;
  const own = access?.role ?? null;
  const role = roles.get(own ?? member.role);
  const scopes = permission === null ? [] : permissionScopes(role?.permissions ?? [], permission);
  const code = permission === null ? 'granted' : judgeScopes(scopes, permission, member, resource);
  const roleSetBy = own === null || access === undefined ? member.roleSetBy : access.roleSetBy;
  const causes = [access === undefined ? member.statusSetBy : access.grantedBy];
  const definedBy = permission === null ? undefined : role?.definedBy;
  for (const cause of [roleSetBy, definedBy]) if (cause !== undefined && !causes.includes(cause)) causes.push(cause);
  return {
    allowed: code === 'granted',
    because: { code, role: own ?? member.role, permission, scopes, causes },
    validUntil: code === 'granted' ? (access?.expiresAt ?? null) : null,
  };
};

const judgeScopes = (
  scopes: readonly Scope[],
  permission: string,
  member: Member,
  resource: Resource | undefined,
): CheckCode => {
  if (scopes.length === 0) return 'permission-not-in-role';
  if (scopes.includes('account') || scopes.includes('platform')) return 'granted';
  // The creator owns what is created, so there is no owner to ask for yet.
  const created =
    permission.endsWith(':create') && (resource?.ownerId ?? null) === null ? { ownerId: member.userId } : {};
  if (resource === undefined)
    return created.ownerId !== undefined && scopes.includes('own') ? 'granted' : 'resource-needed';
  return scopes.some((scope) => meets(scope, member, { ...resource, ...created })) ? 'granted' : 'scope-not-met';
};

const meets = (scope: Scope, { userId, teamId }: Member, resource: Resource): boolean => {
  const isOwn = resource.ownerId === userId;
  const isContact = resource.contactIds?.includes(userId) === true;
  if (scope === 'own') return isOwn;
  if (scope === 'contact') return isContact;
  return isOwn || isContact || (teamId !== null && resource.teamId === teamId);
};

const denied = ({ code, causes }: Denial): Answer => ({
  allowed: false,
  because: { code, role: null, permission: null, scopes: [], causes },
  validUntil: null,
});
