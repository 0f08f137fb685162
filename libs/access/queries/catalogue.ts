import type { Moment } from '#eventing/moment.js';
import { refuse } from '#eventing/refusal.js';
import type { Condition } from '#eventing/view-store.js';
import type { Reach } from '../reach.js';
import { wholeAccounts } from '../reach.js';
import type { ApplicationRow } from '../views/applications.js';
import type { Reading } from './query.js';
import { everyRow, rowAt } from './view-rows.js';

/** Applications assigned to some accounts. */
export const assignedTo = async (
  reading: Reading,
  accountIds: readonly string[],
  moment: Moment,
): Promise<readonly string[]> => {
  if (accountIds.length === 0) return [];
  const rows = await everyRow(reading, 'account-applications', [{ column: 'accountId', in: accountIds }], moment);
  return [...new Set(rows.map(({ applicationId }) => applicationId))];
};

/** Rows of `applications` that the caller may read: all, or those assigned to, published or owned by what is theirs. */
export const applicationsInReach = async (reading: Reading, reach: Reach, moment: Moment): Promise<Condition[]> => {
  if (reach.everything) return [];
  if (reach.applicationId !== null) return [{ column: 'key', in: [reach.applicationId] }];
  const accountIds = wholeAccounts(reach) ?? [];
  const { caller } = reach;
  const anyOf: Condition[] = [
    { column: 'key', in: await assignedTo(reading, accountIds, moment) },
    { column: 'publisherAccountId', in: accountIds },
    ...(caller.kind === 'user' ? [{ column: 'ownerId', in: [caller.id] }] : []),
  ];
  return [{ anyOf }];
};

/** The application, if the caller may read it. @throws Refusal application-not-found, also out of reach */
export const applicationInReach = async (
  reading: Reading,
  reach: Reach,
  applicationId: string,
  moment: Moment,
): Promise<ApplicationRow> => {
  const row = (await rowAt(reading, 'applications', applicationId, moment)) ?? refuse('application-not-found');
  if (reach.everything || reach.applicationId === applicationId) return row;
  const accountIds = wholeAccounts(reach) ?? [];
  const owned = reach.caller.kind === 'user' && row.ownerId === reach.caller.id;
  if (owned || (row.publisherAccountId !== null && accountIds.includes(row.publisherAccountId))) return row;
  const assigned =
    reach.applicationId === null && (await assignedTo(reading, accountIds, moment)).includes(applicationId);
  return assigned ? row : refuse('application-not-found');
};
