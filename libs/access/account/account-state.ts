import type { EventDataOf, RevocationCause } from '../events.js';
import type { Invitation } from './invitation.js';
import type { Access, Member } from './member.js';

/** Account has application. */
export interface Assignment {
  readonly applicationId: string;
  readonly origin: EventDataOf<'ApplicationAssigned'>['origin'];
  readonly assignedBy: string;
  readonly revision: bigint;
  /** The members with access, an index of their `accesses`. */
  readonly holders: Set<string>;
}

/** An access that something took, and whose AccessRevoked is still to come. It never comes back. */
export interface Leaving extends Access {
  readonly cause: RevocationCause;
}

/** A customer organisation, as far as decisions and checks must know it. */
export interface Account {
  readonly id: string;
  /** Of the last event about the account itself, -1 while it is not open. Members, invitations and assignments have their own. */
  revision: bigint;
  externalId: string | null;
  status: 'active' | 'suspended' | 'closed';
  /** The event that gave the status. */
  statusSetBy: string;
  /** None until teams can be created. */
  readonly teams: Set<string>;
  readonly assignments: Map<string, Assignment>;
  /** Whoever has joined, also those who were removed. */
  readonly members: Map<string, Member>;
  /** The active owners. Empty only until the first one has accepted. */
  readonly owners: Set<string>;
  readonly invitations: Map<string, Invitation>;
  /** The pending invitation by user. */
  readonly pending: Map<string, string>;
  /** By grant. */
  readonly leaving: Map<string, Leaving>;
}
