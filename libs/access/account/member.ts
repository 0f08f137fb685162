import type { AccessOrigin } from '../events.js';
import { hasCome } from '../time.js';
import type { Account } from './account-state.js';

/** A member may use an application. */
export interface Access {
  readonly grantId: string;
  readonly userId: string;
  readonly applicationId: string;
  readonly origin: AccessOrigin;
  /** Its own role; null = the member's. */
  role: string | null;
  readonly expiresAt: string | null;
  /** The event that granted it. */
  readonly grantedBy: string;
  /** The event that gave it its own role. */
  roleSetBy: string;
}

/** How an access was lost last. */
export interface Loss {
  readonly eventId: string;
  readonly expired: boolean;
}

/** A user who has joined the account. Invited ones are found by their pending invitation. */
export interface Member {
  readonly userId: string;
  status: 'active' | 'suspended' | 'removed';
  role: string;
  teamId: string | null;
  /** What stands, by application. What is leaving is here no more. */
  readonly accesses: Map<string, Access>;
  /** What stood once, by application. */
  readonly lost: Map<string, Loss>;
  /** The event that gave the status. */
  statusSetBy: string;
  /** The event that gave the role. */
  roleSetBy: string;
  /** Of the last event about the member or their accesses. */
  revision: bigint;
}

/** The member, active or suspended; undefined for everybody else, removed ones too. */
export const presentMember = (account: Account, userId: string): Member | undefined => {
  const member = account.members.get(userId);
  return member?.status === 'removed' ? undefined : member;
};

/** Whether the member is the only one who owns the account and is active. */
export const isLastOwner = (account: Account, userId: string): boolean =>
  account.owners.size === 1 && account.owners.has(userId);

/** The member's access as it stands at a time; ended ones are gone even before the fact. */
export const standingAccess = (member: Member, applicationId: string, now: string): Access | undefined => {
  const access = member.accesses.get(applicationId);
  return access === undefined || hasEnded(access, now) ? undefined : access;
};

export const hasEnded = (access: Access, now: string): boolean =>
  access.expiresAt !== null && hasCome(access.expiresAt, now);
