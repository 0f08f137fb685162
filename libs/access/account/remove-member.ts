import { refuse } from '#eventing/refusal.js';
import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { requireOpenAccount, requirePermission } from '../permission.js';
import { memberTarget } from './target.js';
import type { Roles } from '../role/role.js';
import type { Account } from './account.js';
import { takingFacts } from './cascade.js';
import { requireWithinOwn } from './given-role.js';
import { isLastOwner, presentMember } from './member.js';

/** Oneself: leaving, which needs no permission. */
export class RemoveMember extends command<{ accountId: string; userId: string }>() {}

export const removeMember = (command: RemoveMember, account: Account, roles: Roles): AccessFact[] => {
  const { caller, accountId, userId } = command;
  const leaves = caller.kind === 'user' && caller.id === userId;
  if (leaves) requireOpenAccount(caller, account);
  else requirePermission(caller, account, roles, 'members:remove', memberTarget(account, userId));
  const member = presentMember(account, userId) ?? refuse('member-not-found');
  if (!leaves) requireWithinOwn(caller, account, roles, member.role);
  if (isLastOwner(account, userId)) refuse('last-owner');
  const removed = fact('MemberRemoved', { accountId, userId });
  const taken = [...member.accesses.values()].map((access) => ({ ...access, cause: 'member-removed' as const }));
  return takingFacts(command, account, removed, taken);
};
