import type { Place } from '#eventing/cursor.js';
import type { PageQuery } from '#eventing/view-reader.js';
import { memberKey } from '../views/keys.js';
import type { SharedAccountRow } from '../views/shared-accounts.js';
import type { Reading } from './query.js';
import { rowPage, type RowPage } from './view-rows.js';

/** The accesses of one member that a list is about. */
export interface MemberGroup {
  /** The key of the member's row. */
  readonly member: string;
  readonly rows: readonly SharedAccountRow[];
}

const rowsAtOnce = 500;

/**
 * A page of members over rows of accesses. Rows of one member follow each other in every order, so a group is whole as soon as
 * another one begins, and a page goes on after the last row of its last group.
 */
export const groupedPage = async (
  reading: Reading,
  { limit, after, ...asked }: PageQuery,
): Promise<{ readonly groups: readonly MemberGroup[]; readonly next: Place | undefined }> => {
  const groups: { member: string; rows: SharedAccountRow[]; last: Place }[] = [];
  let place = after;
  do {
    const page: RowPage<SharedAccountRow> = await rowPage(reading, 'shared-accounts', {
      ...asked,
      after: place,
      limit: rowsAtOnce,
    });
    for (const { row, place: last } of page.rows) {
      const member = memberKey(row.accountId, row.userId);
      const group = groups.at(-1);
      if (group?.member === member) Object.assign(group, { rows: [...group.rows, row], last });
      else groups.push({ member, rows: [row], last });
    }
    place = page.next;
  } while (place !== undefined && groups.length <= limit);
  const kept = groups.slice(0, limit);
  return { groups: kept, next: groups.length > limit ? kept.at(-1)?.last : undefined };
};
