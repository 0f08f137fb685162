import { type AccessFact, type EventDataOf, fact } from '../events.js';
import { at } from './folded.spec-kit.js';

export const [acme, ann, ben, billing, crm] = ['acc_acme', 'usr_ann', 'usr_ben', 'app_billing', 'app_crm'] as const;
export const tokenSha256 = 'a'.repeat(64);

/** As are all that follow: a fact of Acme, about Ann. */
export const invited = (rest: Partial<EventDataOf<'UserInvited'>> = {}): AccessFact =>
  fact('UserInvited', {
    accountId: acme,
    invitationId: 'inv_1',
    issue: 1,
    userId: ann,
    role: 'staff',
    applicationIds: [billing],
    teamId: undefined,
    expiresAt: at(500),
    tokenSha256,
    firstName: 'Annie',
    lastName: 'Leigh',
    email: 'Ann@example.com',
    ...rest,
  });

export const ofInvitation = (
  type: 'InvitationDeclined' | 'InvitationRevoked',
  invitationId = 'inv_1',
  userId: string = ann,
): AccessFact => fact(type, { accountId: acme, invitationId, userId });

export const expiredInvitation = (invitationId = 'inv_1'): AccessFact =>
  fact('InvitationExpired', { accountId: acme, invitationId, userId: ann, issue: 1 });

export const resent = (): AccessFact =>
  fact('InvitationResent', {
    accountId: acme,
    invitationId: 'inv_1',
    userId: ann,
    issue: 2,
    tokenSha256,
    expiresAt: at(900),
  });

export const accepted = (lostApplicationIds: string[] = [], invitationId = 'inv_1'): AccessFact =>
  fact('InvitationAccepted', { accountId: acme, invitationId, userId: ann, lostApplicationIds });

export const joined = (rest: Partial<EventDataOf<'MemberJoined'>> = {}): AccessFact =>
  fact('MemberJoined', {
    accountId: acme,
    userId: ann,
    role: 'staff',
    teamId: undefined,
    firstName: 'Ann',
    lastName: 'Lee',
    email: 'ann@example.com',
    ...rest,
  });

export const roleChanged = (from: string | null, to: string | null, applicationId?: string): AccessFact =>
  fact('RoleChanged', { accountId: acme, userId: ann, from, to, applicationId });

export const removed = (userId: string = ann): AccessFact => fact('MemberRemoved', { accountId: acme, userId });

export const granted = (grantId: string, rest: Partial<EventDataOf<'AccessGranted'>> = {}): AccessFact =>
  fact('AccessGranted', {
    accountId: acme,
    grantId,
    userId: ann,
    applicationId: billing,
    origin: 'assigned',
    role: undefined,
    expiresAt: undefined,
    ...rest,
  });

export const revoked = (grantId: string, rest: Partial<EventDataOf<'AccessRevoked'>> = {}): AccessFact =>
  fact('AccessRevoked', {
    accountId: acme,
    grantId,
    userId: ann,
    applicationId: billing,
    cause: 'revoked',
    ...rest,
  });

export const expired = (grantId: string): AccessFact =>
  fact('AccessExpired', { accountId: acme, grantId, userId: ann, applicationId: billing });

export const renamed = (firstName = 'Anna', lastName = 'Lee-Ray'): AccessFact =>
  fact('UserRenamed', { userId: ann, firstName, lastName });

export const erased = (): AccessFact => fact('UserErased', { userId: ann });

export const opened = (): AccessFact =>
  fact('AccountOpened', { accountId: acme, name: 'Acme Çorp', plan: 'pro', externalId: undefined });

export const assigned = (applicationId: string = billing): AccessFact =>
  fact('ApplicationAssigned', { accountId: acme, applicationId, origin: 'assigned' });

export const unassigned = (applicationId: string = billing): AccessFact =>
  fact('ApplicationUnassigned', { accountId: acme, applicationId });
