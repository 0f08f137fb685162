import type { Place } from '#eventing/cursor.js';
import type { Moment } from '#eventing/moment.js';
import type { PageQuery } from '#eventing/view-reader.js';
import type { Condition } from '#eventing/view-store.js';
import type { AccountApplicationRow } from '../views/account-applications.js';
import type { AccountRow } from '../views/accounts.js';
import type { ApiKeyRow } from '../views/api-keys.js';
import type { ApplicationRow } from '../views/applications.js';
import type { AuditRow } from '../views/audit-log.js';
import type { InvitationRow } from '../views/invitations.js';
import type { MemberRow } from '../views/members.js';
import type { RoleRow } from '../views/roles.js';
import type { SharedAccountRow } from '../views/shared-accounts.js';
import type { UserApplicationRow } from '../views/user-applications.js';
import type { Reading } from './query.js';

/** The rows of each view, by the view's name. */
interface ViewRows {
  readonly accounts: AccountRow;
  readonly applications: ApplicationRow;
  readonly 'account-applications': AccountApplicationRow;
  readonly members: MemberRow;
  readonly 'user-applications': UserApplicationRow;
  readonly 'shared-accounts': SharedAccountRow;
  readonly invitations: InvitationRow;
  readonly roles: RoleRow;
  readonly 'api-keys': ApiKeyRow;
  readonly 'audit-log': AuditRow;
}
export type ViewName = keyof ViewRows;

/** A row with its place in the order it was asked for. */
export interface PlacedRow<Row> {
  readonly row: Row;
  readonly place: Place;
}

export interface RowPage<Row> {
  readonly rows: readonly PlacedRow<Row>[];
  readonly next: Place | undefined;
}

/** The rows that stood, by key. Keys that are null are left out. */
export const rowsAt = async <Name extends ViewName>(
  { reader }: Reading,
  view: Name,
  keys: Iterable<string | null | undefined>,
  moment: Moment,
): Promise<ReadonlyMap<string, ViewRows[Name]>> => {
  const wanted = [...new Set(keys)].filter((key) => typeof key === 'string');
  if (wanted.length === 0) return new Map();
  const found = await reader.many(view, wanted, moment);
  return new Map([...found].map(([key, { body }]) => [key, body as unknown as ViewRows[Name]]));
};

export const rowAt = async <Name extends ViewName>(
  reading: Reading,
  view: Name,
  key: string,
  moment: Moment,
): Promise<ViewRows[Name] | undefined> => (await rowsAt(reading, view, [key], moment)).get(key);

export const rowPage = async <Name extends ViewName>(
  { reader }: Reading,
  view: Name,
  asked: PageQuery,
): Promise<RowPage<ViewRows[Name]>> => {
  const { rows, next } = await reader.page(view, asked);
  const placed = rows.map(({ key, sortValue, body }) => ({
    row: body as unknown as ViewRows[Name],
    place: { value: sortValue, key },
  }));
  return { rows: placed, next };
};

const atOnce = 1_000;

/** All rows that meet the conditions, by key; for what is bounded by one account, one person or one application. */
export const everyRow = async <Name extends ViewName>(
  reading: Reading,
  view: Name,
  where: readonly Condition[],
  moment: Moment,
): Promise<readonly ViewRows[Name][]> => {
  const found: ViewRows[Name][] = [];
  let after: Place | undefined;
  do {
    const order = { column: 'key', descending: false };
    const page: RowPage<ViewRows[Name]> = await rowPage(reading, view, { moment, where, order, limit: atOnce, after });
    found.push(...page.rows.map(({ row }) => row));
    after = page.next;
  } while (after !== undefined);
  return found;
};
