import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { requireSystem } from '../permission.js';
import type { Account } from './account.js';
import { type Access, hasEnded } from './member.js';

/** A timer's: names the grant it was set for, and decides nothing once that is gone. */
export class ExpireAccess extends command<{
  accountId: string;
  grantId: string;
  userId: string;
  applicationId: string;
}>() {}

export const expireAccess = (command: ExpireAccess, account: Account): AccessFact[] => {
  requireSystem(command.caller);
  const access = account.members.get(command.userId)?.accesses.get(command.applicationId);
  if (access?.grantId !== command.grantId) return [];
  return hasEnded(access, command.now) ? [accessExpired(account, access)] : [];
};

export const accessExpired = (account: Account, { grantId, userId, applicationId }: Access): AccessFact =>
  fact('AccessExpired', { accountId: account.id, grantId, userId, applicationId });
