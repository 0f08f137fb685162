import type { Moment } from '#eventing/moment.js';
import { permissionScopes, holdsOnPlatform } from '../permission.js';
import type { Caller } from '../caller.js';
import { type Standing, standingsIn } from '../reach.js';
import type { ApplicationRow } from '../views/applications.js';
import { actorsOf, type ShownActor } from './names.js';
import type { Reading } from './query.js';
import { rowsAt } from './view-rows.js';

export interface ApplicationAnswer {
  readonly id: string;
  readonly name: string;
  readonly externalId: string | null;
  readonly description: string | null;
  readonly homeUrl: string | null;
  readonly status: ApplicationRow['status'];
  readonly autoAssigned: boolean;
  readonly isDefault: boolean;
  readonly assignableBy: ApplicationRow['assignableBy'];
  readonly publisher: {
    readonly kind: 'platform' | 'account';
    readonly accountId: string | null;
    readonly name: string;
  };
  readonly owner: ShownActor | null;
  readonly registeredAt: string;
  readonly capabilities: readonly string[];
  readonly revision: string;
}

/** The views that applications are joined from. */
export const applicationViews = ['applications', 'accounts', 'account-applications', 'api-keys'] as const;

/** What the caller may do with an application, now. */
const capabilitiesOn = (row: ApplicationRow, caller: Caller, publisher: Standing | undefined): string[] => {
  const held = publisher === undefined ? [] : permissionScopes(publisher.held, 'applications:assign');
  const changes = holdsOnPlatform(caller, 'applications:manage') || held.includes('account');
  if (!changes || row.status === 'retired') return [];
  const makesDefault = holdsOnPlatform(caller, 'applications:manage') && !row.isDefault;
  return [row.status === 'active' ? 'deactivate' : 'activate', ...(makesDefault ? ['choose-default'] : [])];
};

/** Applications joined with their publishers and owners at their moment. */
export const applicationRows = async (
  reading: Reading,
  rows: readonly ApplicationRow[],
  moment: Moment,
  asking: { readonly caller: Caller; readonly now: string },
): Promise<readonly ApplicationAnswer[]> => {
  const publishers = rows.map(({ publisherAccountId }) => publisherAccountId);
  const owners = rows.flatMap(({ ownerId }) => (ownerId === null ? [] : [{ kind: 'user' as const, id: ownerId }]));
  const [accounts, actorOf] = await Promise.all([
    rowsAt(reading, 'accounts', publishers, moment),
    actorsOf(reading, owners, moment),
  ]);
  const ownersAccounts = await standingsIn(reading, asking, asking.caller.kind === 'user' ? accounts.keys() : []);
  const standingOf = (accountId: string | null): Standing | undefined => {
    const { caller } = asking;
    const own = caller.kind === 'service' && caller.scope.kind === 'account' && caller.scope.accountId === accountId;
    if (own) return { accountId, held: caller.permissions, teamId: null };
    return ownersAccounts.get(accountId ?? '');
  };
  return rows.map((row) => {
    const { publisherAccountId: accountId, ownerId } = row;
    const published = accountId === null ? undefined : accounts.get(accountId);
    return {
      id: row.applicationId,
      name: row.name,
      externalId: row.externalId,
      description: row.description,
      homeUrl: row.homeUrl,
      status: row.status,
      autoAssigned: row.autoAssigned,
      isDefault: row.isDefault,
      assignableBy: row.assignableBy,
      publisher:
        accountId === null
          ? { kind: 'platform', accountId, name: reading.platformName }
          : { kind: 'account', accountId, name: published?.name ?? accountId },
      owner: ownerId === null ? null : actorOf({ kind: 'user', id: ownerId }),
      registeredAt: row.registeredAt,
      capabilities: moment.asOf === null ? capabilitiesOn(row, asking.caller, standingOf(accountId)) : [],
      revision: row.revision,
    };
  });
};
