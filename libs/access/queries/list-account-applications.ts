import type { Moment } from '#eventing/moment.js';
import { refuse } from '#eventing/refusal.js';
import type { Condition } from '#eventing/view-store.js';
import { holdsOnPlatform, permissionScopes } from '../permission.js';
import { accountsRight, requireAccountInReach, type Standing } from '../reach.js';
import type { AccountApplicationRow } from '../views/account-applications.js';
import type { ApplicationRow } from '../views/applications.js';
import { assignmentKey } from '../views/keys.js';
import { type ApplicationAnswer, applicationRows, applicationViews } from './application-rows.js';
import { type ListParameters, type OpenList, oneOf, openList, type Page, searching } from './list.js';
import { actorsOf, type ShownActor } from './names.js';
import { query, type QueryContext, type Reading } from './query.js';
import { type MomentParameters, type Single, single, singleMoment } from './single.js';
import { everyRow, rowPage, rowsAt } from './view-rows.js';

/** The applications of an account, or with `available` those that may be assigned to it. */
export class ListAccountApplications extends query<{ accountId: string; parameters: ListParameters }>() {}
/** One application as an account has it. */
export class GetAccountApplication extends query<{
  accountId: string;
  applicationId: string;
  at: MomentParameters;
}>() {}

/** An application in an account's Applications tab; the added fields are null while it is only available. */
export interface AccountApplicationAnswer extends ApplicationAnswer {
  readonly assignedAt: string | null;
  readonly origin: AccountApplicationRow['origin'] | null;
  readonly assignedBy: ShownActor | null;
  readonly users: number | null;
}

const sorts = { name: 'name', assignedAt: 'assignedAt' };

interface Asked extends QueryContext {
  readonly accountId: string;
}

/** Applications joined with their assignment to the account. */
const assignedRows = async (
  reading: Reading,
  asked: Asked,
  standing: Standing,
  rows: readonly ApplicationRow[],
  moment: Moment,
): Promise<readonly AccountApplicationAnswer[]> => {
  const keys = rows.map(({ applicationId }) => assignmentKey(asked.accountId, applicationId));
  const [applications, assignments] = await Promise.all([
    applicationRows(reading, rows, moment, asked),
    rowsAt(reading, 'account-applications', keys, moment),
  ]);
  const actorOf = await actorsOf(
    reading,
    [...assignments.values()].map(({ assignedBy }) => assignedBy),
    moment,
  );
  const assigns = permissionScopes(standing.held, 'applications:assign').some((scope) => scope !== 'own');
  return applications.map((application) => {
    const assignment = assignments.get(assignmentKey(asked.accountId, application.id));
    const may = assignment === undefined ? ['assign'] : application.autoAssigned ? [] : ['unassign'];
    return {
      ...application,
      assignedAt: assignment?.assignedAt ?? null,
      origin: assignment?.origin ?? null,
      assignedBy: assignment === undefined ? null : actorOf(assignment.assignedBy),
      users: assignment?.users ?? null,
      capabilities: [...application.capabilities, ...(assigns && moment.asOf === null ? may : [])],
    };
  });
};

/** The ids of all that the caller may assign to the account and that it doesn't have. */
const availableTo = async (
  reading: Reading,
  { accountId, caller }: Asked,
  assigned: readonly string[],
  moment: Moment,
): Promise<readonly string[]> => {
  const notRetired = { column: 'status', notIn: ['retired'] };
  const others = await everyRow(reading, 'applications', [notRetired, { column: 'key', notIn: assigned }], moment);
  const isOperator = holdsOnPlatform(caller, 'applications:assign');
  return others
    .filter((row) => isOperator || row.assignableBy === 'admins' || row.publisherAccountId === accountId)
    .map(({ applicationId }) => applicationId);
};

const idsOf = (rows: readonly AccountApplicationRow[]): string[] => rows.map(({ applicationId }) => applicationId);

const byApplication = async (
  reading: Reading,
  list: OpenList,
  moment: Moment,
  where: readonly Condition[],
): Promise<{ rows: readonly ApplicationRow[]; next: OpenList['place']['after'] }> => {
  const { rows, next } = await rowPage(reading, 'applications', { ...list.place, moment, where });
  return { rows: rows.map(({ row }) => row), next };
};

/** In the order of assignment, which the catalogue doesn't know. */
const byAssignment = async (
  reading: Reading,
  accountId: string,
  list: OpenList,
  moment: Moment,
  where: readonly Condition[],
): Promise<{ rows: readonly ApplicationRow[]; next: OpenList['place']['after'] }> => {
  const matching = await everyRow(reading, 'applications', where, moment);
  const byId = new Map(matching.map((row) => [row.applicationId, row]));
  const ofAccount = [
    { column: 'accountId', in: [accountId] },
    { column: 'applicationId', in: [...byId.keys()] },
  ];
  const { rows, next } = await rowPage(reading, 'account-applications', { ...list.place, moment, where: ofAccount });
  return { rows: rows.flatMap(({ row }) => byId.get(row.applicationId) ?? []), next };
};

export const listAccountApplications = async (
  asked: ListAccountApplications,
  reading: Reading,
): Promise<Page<AccountApplicationAnswer>> => {
  const { accountId, caller, parameters, now } = asked;
  const definition = { name: `applications of ${accountId}`, sorts, defaultSort: 'name' };
  const list = openList(reading.sealing, definition, parameters);
  const standing = await requireAccountInReach(reading, caller, accountId, accountsRight);
  const moment = await list.moment(reading, applicationViews, now);
  const own = caller.kind === 'service' && caller.scope.kind === 'application' ? caller.scope.applicationId : null;
  const ofAccount = [{ column: 'accountId', in: [accountId] }];
  const all = await everyRow(reading, 'account-applications', ofAccount, moment);
  const available = list.filter('available') === 'true';
  const origins = list.values('origin');
  const wanted = all.filter(({ origin, applicationId }) => {
    return (origins?.includes(origin) ?? true) && (own === null || own === applicationId);
  });
  const ids = available ? await availableTo(reading, asked, idsOf(all), moment) : idsOf(wanted);
  const where = [
    { column: 'key', in: ids },
    ...searching(list.filter('search')),
    ...oneOf('status', list.values('status')),
  ];
  // What is only available has no time of assignment to sort by.
  const named = { ...list, place: { ...list.place, order: { ...list.place.order, column: 'name' } } };
  const { rows, next } =
    available || list.place.order.column === 'name'
      ? await byApplication(reading, named, moment, where)
      : await byAssignment(reading, accountId, list, moment, where);
  const items = await assignedRows(reading, asked, standing, rows, moment);
  const count = (cap: number): Promise<number> => reading.reader.count('applications', { moment, where, cap });
  return list.page({ moment, items, next, count });
};

export const getAccountApplication = async (
  asked: GetAccountApplication,
  reading: Reading,
): Promise<Single<AccountApplicationAnswer>> => {
  const { accountId, applicationId, caller } = asked;
  const standing = await requireAccountInReach(reading, caller, accountId, accountsRight);
  const foreign =
    caller.kind === 'service' && caller.scope.kind === 'application' && caller.scope.applicationId !== applicationId;
  if (foreign) refuse('application-not-found');
  const moment = await singleMoment(reading, applicationViews, asked);
  const key = assignmentKey(accountId, applicationId);
  const assignment = (await rowsAt(reading, 'account-applications', [key], moment)).get(key);
  const row = (await rowsAt(reading, 'applications', [applicationId], moment)).get(applicationId);
  if (assignment === undefined || row === undefined) return refuse('application-not-found');
  const [answer = refuse('application-not-found')] = await assignedRows(reading, asked, standing, [row], moment);
  return single(moment, { ...answer, revision: assignment.revision });
};
