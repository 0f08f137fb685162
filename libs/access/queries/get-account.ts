import { refuse } from '#eventing/refusal.js';
import { accountsRight, requireAccountInReach } from '../reach.js';
import { type AccountAnswer, accountRows, accountViews } from './account-rows.js';
import { query, type Reading } from './query.js';
import { type MomentParameters, type Single, single, singleMoment } from './single.js';
import { rowAt } from './view-rows.js';

export class GetAccount extends query<{ accountId: string; at: MomentParameters }>() {}

export const getAccount = async (asked: GetAccount, reading: Reading): Promise<Single<AccountAnswer>> => {
  const { accountId, caller } = asked;
  await requireAccountInReach(reading, caller, accountId, accountsRight);
  const moment = await singleMoment(reading, accountViews, asked);
  const row = (await rowAt(reading, 'accounts', accountId, moment)) ?? refuse('account-not-found');
  const withOwners = caller.kind !== 'service' || caller.scope.kind !== 'application';
  const [answer = refuse('account-not-found')] = await accountRows(reading, [row], moment, { withOwners });
  return single(moment, answer);
};
