import type { FilledAccount } from './accounts.js';
import { type Filling, isNew } from './filling.js';

/** Issues a key with which a service of one account reads; its secret is shown this once. */
export const fillApiKey = async (filling: Filling, accounts: readonly FilledAccount[]): Promise<void> => {
  const joinery = accounts.find(({ account }) => account.key === 'harbour-pine');
  if (joinery === undefined) return;
  filling.say('\nAn API key');
  const issued = await filling.command<{ secret: string | null }>({
    key: 'api-key-harbour-pine',
    method: 'POST',
    path: '/v1/api-keys',
    body: {
      name: 'Nightly access report',
      scope: { kind: 'account', accountId: joinery.id },
      permissions: ['members:view', 'audit-log:view', 'access:check'],
    },
    reason: 'Report to the works council',
    ticket: 'OPS-215',
  });
  filling.tell(isNew(issued), `“Nightly access report” reads ${joinery.account.name} and nothing else  ${issued.id}`);
  if (issued.secret !== null) filling.say(`    its secret, shown this once: ${issued.secret}`);
};
