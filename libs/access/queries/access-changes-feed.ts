import { formatPosition } from '#eventing/position.js';
import type { FoundRow } from '#eventing/view-store.js';
import type { Caller } from '../caller.js';
import type { AccessChangeRow } from '../views/access-changes.js';
import { type ChangeFilters, type ChangesScope, changesScope } from './access-changes-scope.js';
import { type FeedPage, placeAfter, writePlace } from './feed-place.js';
import type { LogReading } from './log-reading.js';
import { query } from './query.js';
import { waiting } from './waiting.js';

export const accessChanges = 'access-changes';

export class FollowAccessChanges extends query<{
  after?: string | undefined;
  limit: number;
  /** Seconds. */
  wait: number;
  filters: ChangeFilters;
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
  /** The caller as the credentials show them by now: rights may go while one waits. */
  renew: () => Promise<Caller>;
}>() {}

/** Changes found up to a position, in order. */
export interface ChangesFound {
  readonly rows: readonly AccessChangeRow[];
  /** All that concerns the subscriber up to here is in the rows. */
  readonly upTo: bigint;
  readonly more: boolean;
}

/** Where few changes concern the subscriber, an answer scans no further than so many pages. */
const pagesAtMost = 10;
const pageSize = 1_000;

const bodyOf = ({ body }: FoundRow): AccessChangeRow => body as unknown as AccessChangeRow;

/** The changes after a position that concern a subscriber, as far as the view is. */
export const changesAfter = async (
  { views, reader }: LogReading,
  { where, concerns }: ChangesScope,
  after: bigint,
  limit: number,
): Promise<ChangesFound> => {
  const { position } = views.checkpoint(accessChanges);
  if (after >= position) return { rows: [], upTo: after, more: false };
  const moment = { position, asOf: null };
  const order = { column: 'key', descending: false };
  const rows: AccessChangeRow[] = [];
  let at = after;
  for (let pages = 0; pages < pagesAtMost; pages += 1) {
    const range = { column: 'key', from: formatPosition(at + 1n), below: formatPosition(position + 1n) };
    const page = await reader.page(accessChanges, { moment, where: [range, ...where], order, limit: pageSize });
    for (const [index, row] of page.rows.entries()) {
      at = row.from;
      if (await concerns(bodyOf(row))) rows.push(bodyOf(row));
      const isLast = page.next === undefined && index === page.rows.length - 1;
      if (rows.length === limit) return { rows, upTo: isLast ? position : at, more: !isLast };
    }
    if (page.next === undefined) return { rows, upTo: position, more: false };
  }
  return { rows, upTo: at, more: true };
};

/**
 * The changes after a place; waits for the first when there are none and that is wanted.
 * @throws Refusal cursor-invalid, position-of-another-log, position-unknown, not-allowed, account-not-found, application-not-found
 */
export const followAccessChanges = async (
  asked: FollowAccessChanges,
  reading: LogReading,
): Promise<FeedPage<AccessChangeRow>> => {
  const { filters, limit, wait, signal, renew } = asked;
  const first = await changesScope(reading, asked.caller, filters);
  const { logId, position } = await placeAfter(reading, asked.after);
  const { rows, upTo, more } = await waiting(
    { views: reading.views, view: accessChanges, wait, signal },
    position,
    async (after, waited) => {
      const scope = waited ? await changesScope(reading, await renew(), filters) : first;
      const found = await changesAfter(reading, scope, after, limit);
      return { ...found, found: found.rows.length > 0 || found.more };
    },
  );
  return { items: rows, nextAfter: writePlace({ logId, position: upTo }), more };
};
