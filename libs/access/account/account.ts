import { aggregateOf } from '../folds.js';
import { accessFolds } from './access-folds.js';
import type { Account } from './account-state.js';
import { invitationFolds } from './invitation-folds.js';
import { memberFolds } from './member-folds.js';

export type { Account, Assignment, Leaving } from './account-state.js';

export const accountAggregate = aggregateOf<Account>(
  'account',
  (id) => ({
    id,
    revision: -1n,
    externalId: null,
    status: 'active',
    statusSetBy: '',
    teams: new Set(),
    assignments: new Map(),
    members: new Map(),
    owners: new Set(),
    invitations: new Map(),
    pending: new Map(),
    leaving: new Map(),
  }),
  {
    AccountOpened: (account, { externalId = null }, { revision, id }) => {
      account.externalId = externalId;
      account.revision = revision;
      account.statusSetBy = id;
    },
    ...invitationFolds,
    ...memberFolds,
    ...accessFolds,
  },
);
