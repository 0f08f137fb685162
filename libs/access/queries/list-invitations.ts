import type { Moment } from '#eventing/moment.js';
import { refuse } from '#eventing/refusal.js';
import type { Condition } from '#eventing/view-store.js';
import { membersInReach, membersRight, partialAccounts, type Reach, reachOf, wholeAccounts } from '../reach.js';
import { clockAt, justAfter } from './clock.js';
import { type InvitationAnswer, invitationRows, invitationViews } from './invitation-rows.js';
import { type ListParameters, type OpenList, oneOf, openList, type Page, searching } from './list.js';
import { query, type Reading } from './query.js';
import { type MomentParameters, type Single, single, singleMoment } from './single.js';
import { everyRow, rowAt, rowPage } from './view-rows.js';

/** Invitations of all accounts in reach, or of the one that the path names. */
export class ListInvitations extends query<{ accountId?: string | undefined; parameters: ListParameters }>() {}
export class GetInvitation extends query<{ accountId: string; invitationId: string; at: MomentParameters }>() {}

const sorts = { invitedAt: 'invitedAt', expiresAt: 'expiresAt', email: 'email' };

/** By the status that is shown: what is past its end is expired, and pending no more, whatever the facts say yet. */
const withStatus = (wanted: readonly string[] | undefined, clock: string): Condition[] => {
  if (wanted === undefined || wanted.includes('pending') === wanted.includes('expired')) return oneOf('status', wanted);
  const others = wanted.filter((status) => status !== 'pending');
  if (wanted.includes('pending'))
    return [
      { column: 'status', in: wanted },
      {
        anyOf: [
          { column: 'status', in: others },
          { column: 'expiresAt', from: justAfter(clock) },
        ],
      },
    ];
  return [
    { column: 'status', in: [...wanted, 'pending'] },
    {
      anyOf: [
        { column: 'status', in: wanted },
        { column: 'expiresAt', below: justAfter(clock) },
      ],
    },
  ];
};

/** Whoever reads a team only sees the pending invitations into it, and their own. */
const invitationsInReach = async (reading: Reading, reach: Reach, moment: Moment): Promise<Condition[]> => {
  const whole = wholeAccounts(reach);
  if (whole === undefined) return [];
  const ofAccounts = { column: 'accountId', in: whole };
  const partial = partialAccounts(reach).map(({ accountId }) => accountId);
  if (partial.length === 0) return [ofAccounts];
  const ofPartial = [
    ...membersInReach(reach),
    { column: 'accountId', in: partial },
    { column: 'status', in: ['invited'] },
  ];
  const invited = await everyRow(reading, 'members', ofPartial, moment);
  return [{ anyOf: [ofAccounts, { column: 'key', in: invited.map(({ invitationId }) => invitationId) }] }];
};

const withApplications = (list: OpenList): Condition[] => {
  const applicationIds = list.values('applicationId');
  return applicationIds === undefined ? [] : [{ anyOf: applicationIds.map((id) => ({ wordStartsWith: id })) }];
};

/** An application key reads members, not invitations. */
const requireNoApplicationKey = ({ applicationId }: Reach): void => {
  if (applicationId !== null) refuse('not-allowed', { needs: 'members:view@account' });
};

export const listInvitations = async (asked: ListInvitations, reading: Reading): Promise<Page<InvitationAnswer>> => {
  const { accountId, parameters, now } = asked;
  const name = accountId === undefined ? 'invitations' : `invitations of ${accountId}`;
  const list = openList(reading.sealing, { name, sorts, defaultSort: '-invitedAt' }, parameters);
  const named = accountId === undefined ? undefined : [accountId];
  const reach = await reachOf(reading, asked, membersRight, { named, minPosition: list.minPosition });
  requireNoApplicationKey(reach);
  const moment = await list.moment(reading, invitationViews, now);
  const where = [
    ...(await invitationsInReach(reading, reach, moment)),
    ...searching(list.filter('search')),
    ...withStatus(list.values('status'), await clockAt(reading, moment, now)),
    ...oneOf('role', list.values('role')),
    ...oneOf('invitedBy', list.values('invitedBy')),
    ...withApplications(list),
  ];
  const { rows, next } = await rowPage(reading, 'invitations', { ...list.place, moment, where });
  const items = await invitationRows(
    reading,
    rows.map(({ row }) => row),
    moment,
    now,
  );
  const count = (cap: number): Promise<number> => reading.reader.count('invitations', { moment, where, cap });
  return list.page({ moment, items, next, count });
};

export const getInvitation = async (asked: GetInvitation, reading: Reading): Promise<Single<InvitationAnswer>> => {
  const { accountId, invitationId, now } = asked;
  const reach = await reachOf(reading, asked, membersRight, { named: [accountId] });
  requireNoApplicationKey(reach);
  const moment = await singleMoment(reading, invitationViews, asked);
  const row = await rowAt(reading, 'invitations', invitationId, moment);
  if (row?.accountId !== accountId) return refuse('invitation-not-found');
  const allowed = await invitationsInReach(reading, reach, moment);
  const where = [...allowed, { column: 'key', in: [invitationId] }];
  const found = await reading.reader.count('invitations', { moment, where, cap: 1 });
  if (found === 0) refuse('invitation-not-found');
  const [answer = refuse('invitation-not-found')] = await invitationRows(reading, [row], moment, now);
  return single(moment, answer);
};
