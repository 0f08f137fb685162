import type { Folds } from '../folds.js';
import { take } from './access-folds.js';
import type { Account } from './account-state.js';
import type { Loss, Member } from './member.js';

const countOwner = (account: Account, { userId, role, status }: Member): void => {
  if (role === 'owner' && status === 'active') account.owners.add(userId);
  else account.owners.delete(userId);
};

/** Members of an account and their roles. */
export const memberFolds: Folds<Account> = {
  MemberJoined: (account, { userId, role, teamId = null }, { id, revision }) => {
    const member: Member = {
      userId,
      status: 'active',
      role,
      teamId,
      accesses: new Map(),
      lost: account.members.get(userId)?.lost ?? new Map<string, Loss>(),
      statusSetBy: id,
      roleSetBy: id,
      revision,
    };
    account.members.set(userId, member);
    countOwner(account, member);
  },
  RoleChanged: (account, { userId, to, applicationId }, { id, revision }) => {
    const member = account.members.get(userId);
    if (member === undefined) return;
    member.revision = revision;
    if (applicationId === undefined) {
      member.role = to ?? member.role;
      member.roleSetBy = id;
      countOwner(account, member);
      return;
    }
    const access = member.accesses.get(applicationId);
    if (access === undefined) return;
    access.role = to;
    access.roleSetBy = id;
  },
  MemberRemoved: (account, { userId }, event) => {
    const member = account.members.get(userId);
    if (member === undefined) return;
    member.status = 'removed';
    member.statusSetBy = event.id;
    member.revision = event.revision;
    countOwner(account, member);
    for (const access of member.accesses.values()) take(account, access, 'member-removed', event.id);
  },
};
