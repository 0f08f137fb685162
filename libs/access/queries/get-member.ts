import { refuse } from '#eventing/refusal.js';
import { membersInReach, membersRight, type Reach, reachOf } from '../reach.js';
import { accessKey, memberKey } from '../views/keys.js';
import type { MemberRow } from '../views/members.js';
import type { Moment } from '#eventing/moment.js';
import { query, type Reading } from './query.js';
import { type MomentParameters, type Single, single, singleMoment } from './single.js';
import { type UserRow, userRows, userViews } from './user-rows.js';
import { everyRow, rowsAt } from './view-rows.js';

/** One person's place in one account; removed ones too. */
export class GetMember extends query<{ accountId: string; userId: string; at: MomentParameters }>() {}

/** Those of these members whom the caller may see; an application key those who have its application. */
export const membersSeen = async (
  reading: Reading,
  reach: Reach,
  keys: readonly string[],
  moment: Moment,
): Promise<readonly MemberRow[]> => {
  const byKey = { column: 'key', in: keys };
  if (reach.applicationId === null) return everyRow(reading, 'members', [...membersInReach(reach), byKey], moment);
  const found = await everyRow(reading, 'members', [byKey], moment);
  const accesses = found.map(({ accountId, userId }) => accessKey(accountId, userId, reach.applicationId ?? ''));
  const standing = await rowsAt(reading, 'user-applications', accesses, moment);
  const held = new Set([...standing.values()].map(({ accountId, userId }) => memberKey(accountId, userId)));
  return found.filter(({ accountId, userId }) => held.has(memberKey(accountId, userId)));
};

export const getMember = async (asked: GetMember, reading: Reading): Promise<Single<UserRow>> => {
  const { accountId, userId, caller, now } = asked;
  const reach = await reachOf(reading, asked, membersRight, { named: [accountId] });
  const moment = await singleMoment(reading, userViews, asked);
  const rows = await membersSeen(reading, reach, [memberKey(accountId, userId)], moment);
  const options = { now, onlyApplicationId: reach.applicationId };
  const [answer = refuse('member-not-found')] = await userRows(reading, rows, moment, caller, options);
  return single(moment, answer);
};
