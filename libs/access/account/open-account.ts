import { refuse } from '#eventing/refusal.js';
import type { Application } from '../application/application.js';
import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { requirePlatformPermission } from '../permission.js';
import type { Account } from './account.js';
import { invited } from './invite.js';
import type { TokenSha256 } from './invitation.js';

export class OpenAccount extends command<{
  accountId: string;
  name: string;
  plan?: string | undefined;
  externalId?: string | undefined;
  owner: { userId: string; firstName: string; lastName: string; email: string };
}>() {}

/** What opening an account depends on outside of it. */
export interface OpeningTerms {
  /** The first is given when none is named. */
  readonly plans: readonly string[];
  readonly defaultApplication: Application | undefined;
  readonly tokenSha256: TokenSha256;
}

/** A new account has the default application and nothing else, and its owner is invited. */
export const openAccount = (command: OpenAccount, account: Account, terms: OpeningTerms): AccessFact[] => {
  const { accountId, name, plan = terms.plans[0] ?? 'free', externalId, owner } = command;
  requirePlatformPermission(command.caller, 'accounts:open');
  if (account.revision >= 0n) return [];
  if (!terms.plans.includes(plan)) refuse('plan-unknown');
  const { defaultApplication } = terms;
  const applicationIds =
    defaultApplication === undefined || defaultApplication.status === 'retired' ? [] : [defaultApplication.id];
  return [
    fact('AccountOpened', { accountId, name, plan, externalId }),
    ...applicationIds.map((applicationId) =>
      fact('ApplicationAssigned', { accountId, applicationId, origin: 'default' }),
    ),
    invited(command, { ...owner, role: 'owner', applicationIds }, terms.tokenSha256),
  ];
};
