import type { FoldedEvent } from '#eventing/aggregate.js';
import type { RevocationCause } from '../events.js';
import type { Folds } from '../folds.js';
import type { Account } from './account-state.js';
import type { Access, Loss } from './member.js';

const lose = (account: Account, { userId, applicationId }: Access, loss: Loss): void => {
  const member = account.members.get(userId);
  member?.accesses.delete(applicationId);
  member?.lost.set(applicationId, loss);
  account.assignments.get(applicationId)?.holders.delete(userId);
};

/** Moves an access to *leaving*. Each is moved at most once, so that a stream folds in time linear to its events. */
export const take = (account: Account, access: Access, cause: RevocationCause, eventId: string): void => {
  lose(account, access, { eventId, expired: false });
  account.leaving.set(access.grantId, { ...access, cause });
};

type Ending = { readonly grantId: string; readonly userId: string; readonly applicationId: string };

const end = (account: Account, ending: Ending, event: FoldedEvent, expired: boolean): void => {
  const member = account.members.get(ending.userId);
  if (member !== undefined) member.revision = event.revision;
  account.leaving.delete(ending.grantId);
  const access = member?.accesses.get(ending.applicationId);
  if (access?.grantId === ending.grantId) lose(account, access, { eventId: event.id, expired });
};

/** Assignments of applications, and accesses to them. */
export const accessFolds: Folds<Account> = {
  ApplicationAssigned: (account, { applicationId, origin }, { id, revision }) => {
    const holders = account.assignments.get(applicationId)?.holders ?? new Set();
    account.assignments.set(applicationId, { applicationId, origin, assignedBy: id, revision, holders });
  },
  ApplicationUnassigned: (account, { applicationId }, { id }) => {
    for (const userId of account.assignments.get(applicationId)?.holders ?? []) {
      const access = account.members.get(userId)?.accesses.get(applicationId);
      if (access !== undefined) take(account, access, 'unassigned', id);
    }
    account.assignments.delete(applicationId);
  },
  AccessGranted: (account, { grantId, userId, applicationId, origin, role, expiresAt }, { id, revision }) => {
    const member = account.members.get(userId);
    if (member === undefined) return;
    member.revision = revision;
    member.accesses.set(applicationId, {
      grantId,
      userId,
      applicationId,
      origin,
      role: role ?? null,
      expiresAt: expiresAt ?? null,
      grantedBy: id,
      roleSetBy: id,
    });
    account.assignments.get(applicationId)?.holders.add(userId);
  },
  AccessRevoked: (account, data, event) => end(account, data, event, false),
  AccessExpired: (account, data, event) => end(account, data, event, true),
};
