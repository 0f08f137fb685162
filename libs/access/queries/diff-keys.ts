import type { JsonObject } from '#eventing/json.js';
import type { Moment } from '#eventing/moment.js';
import type { Condition } from '#eventing/view-store.js';
import { memberKey } from '../views/keys.js';
import type { LogReading } from './log-reading.js';
import { rowsAt } from './view-rows.js';

/** Whose rows are compared, and between which moments. */
export interface Window {
  readonly from: Moment;
  readonly to: Moment;
  /** On `accountId` and `userId`. */
  readonly where: readonly Condition[];
  /** Only those whose access to it differs. */
  readonly applicationId?: string | undefined;
}

/** Keys of `members` in order, after one; fewer than `limit` only when there are no more. */
type Source = (after: string | undefined, limit: number) => Promise<readonly string[]>;

/** Sorts right after the keys of a member's accesses: '0' is the character after '/'. */
const pastAccesses = (member: string): string => `${member}0`;

const memberOf = ({ accountId, userId }: JsonObject): string => memberKey(accountId as string, userId as string);

const touchedMembers =
  ({ views }: LogReading, { from, to, where }: Window): Source =>
  (after, limit) =>
    views.read('members', (live) =>
      views.store.touched(live, {
        after: from.position,
        upTo: to.position,
        where,
        limit,
        ...(after !== undefined && { afterKey: after }),
      }),
    );

const touchedAccesses =
  ({ views }: LogReading, { from, to, where }: Window, applicationId: string): Source =>
  async (after, limit) => {
    const keys = await views.read('user-applications', (live) =>
      views.store.touched(live, {
        after: from.position,
        upTo: to.position,
        where: [...where, { column: 'applicationId', in: [applicationId] }],
        limit,
        ...(after !== undefined && { afterKey: pastAccesses(after) }),
      }),
    );
    return keys.map((key) => key.slice(0, key.lastIndexOf('/')));
  };

/** Members whose row shows something that is another view's: accesses and roles that stand at the end. */
const standing =
  ({ reader }: LogReading, view: 'members' | 'user-applications', { to, where }: Window, also: Condition): Source =>
  async (after, limit) => {
    const found = new Set<string>();
    let last = after;
    for (;;) {
      const place = last === undefined ? undefined : view === 'members' ? last : pastAccesses(last);
      const { rows, next } = await reader.page(view, {
        moment: to,
        where: [...where, also],
        order: { column: 'key', descending: false },
        limit,
        after: place === undefined ? undefined : { value: place, key: place },
      });
      for (const { body } of rows) if (found.size < limit) found.add(memberOf(body));
      if (next === undefined || found.size === limit) return [...found];
      last = [...found].at(-1) ?? last;
    }
  };

const atOnce = 1_000;

/** Ids of rows of a catalogue that show another name, title or status than before. */
const shownOtherwise = async (
  { reader }: LogReading,
  view: 'applications' | 'roles',
  { from, to }: Window,
  fields: readonly string[],
): Promise<readonly string[]> => {
  const ids: string[] = [];
  let afterKey: string | undefined;
  do {
    const range = { from: from.position, to: to.position, where: [], limit: atOnce };
    const page = await reader.diff(view, { ...range, ...(afterKey !== undefined && { afterKey }) });
    for (const { key, before, after } of page.lines)
      if (before && after && fields.some((field) => before.body[field] !== after.body[field])) ids.push(key);
    afterKey = page.next;
  } while (afterKey !== undefined);
  return ids;
};

/** Members whose pending invitation was sent again: the invitation shows in their row. */
const reinvited = async (reading: LogReading, { from, to, where }: Window): Promise<readonly string[]> => {
  const { views } = reading;
  const keys: string[] = [];
  for (let afterKey: string | undefined; ;) {
    const page = await views.read('invitations', (live) =>
      views.store.touched(live, {
        after: from.position,
        upTo: to.position,
        where,
        limit: atOnce,
        ...(afterKey !== undefined && { afterKey }),
      }),
    );
    const rows = await rowsAt(reading, 'invitations', page, to);
    keys.push(...[...rows.values()].filter(({ status }) => status === 'pending').map((row) => memberOf({ ...row })));
    afterKey = page.at(-1);
    if (page.length < atOnce) return keys.sort();
  }
};

/** The members whose row may differ between two moments, in order of their keys. */
export const memberKeys = async (reading: LogReading, window: Window): Promise<Source> => {
  const { applicationId } = window;
  const [applications, roles] = await Promise.all([
    shownOtherwise(reading, 'applications', window, ['name', 'status']),
    applicationId === undefined ? shownOtherwise(reading, 'roles', window, ['title']) : [],
  ]);
  const shown = applicationId === undefined ? applications : applications.filter((id) => id === applicationId);
  const invited = applicationId === undefined ? await reinvited(reading, window) : [];
  const sources: Source[] = [
    applicationId === undefined ? touchedMembers(reading, window) : touchedAccesses(reading, window, applicationId),
    (after, limit) => Promise.resolve(invited.filter((key) => after === undefined || key > after).slice(0, limit)),
    ...(shown.length === 0
      ? []
      : [standing(reading, 'user-applications', window, { column: 'applicationId', in: shown })]),
    ...(roles.length === 0 ? [] : [standing(reading, 'members', window, { column: 'role', in: roles })]),
  ];
  return async (after, limit) => {
    const pages = await Promise.all(sources.map((source) => source(after, limit)));
    return [...new Set(pages.flat())].sort((a, b) => (a < b ? -1 : 1)).slice(0, limit);
  };
};
