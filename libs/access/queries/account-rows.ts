import type { Moment } from '#eventing/moment.js';
import type { AccountRow } from '../views/accounts.js';
import { memberKey } from '../views/keys.js';
import { fullName } from './names.js';
import type { Reading } from './query.js';
import { rowsAt } from './view-rows.js';

export interface AccountAnswer extends Omit<AccountRow, 'accountId' | 'ownerIds'> {
  readonly id: string;
  readonly owners: readonly { readonly userId: string; readonly name: string; readonly email: string }[];
}

/** The views that accounts are joined from. */
export const accountViews = ['accounts', 'members'] as const;

/** Accounts joined with their owners. An application key sees an account by its name and state, not the people in it. */
export const accountRows = async (
  reading: Reading,
  rows: readonly AccountRow[],
  moment: Moment,
  { withOwners }: { readonly withOwners: boolean },
): Promise<readonly AccountAnswer[]> => {
  const keys = withOwners
    ? rows.flatMap(({ accountId, ownerIds }) => ownerIds.map((id) => memberKey(accountId, id)))
    : [];
  const members = await rowsAt(reading, 'members', keys, moment);
  const ownersOf = ({ accountId, ownerIds }: AccountRow): AccountAnswer['owners'] =>
    ownerIds.flatMap((userId) => {
      const member = members.get(memberKey(accountId, userId));
      return member === undefined ? [] : [{ userId, name: fullName(member), email: member.email }];
    });
  return rows.map((row) => ({
    id: row.accountId,
    name: row.name,
    externalId: row.externalId,
    plan: row.plan,
    status: row.status,
    openedAt: row.openedAt,
    owners: ownersOf(row),
    settings: row.settings,
    counts: row.counts,
    revision: row.revision,
  }));
};
