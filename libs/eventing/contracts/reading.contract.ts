import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { momentOfCursor, openCursor, sealCursor, type Cursor, type Place, type Sealing } from '../cursor.js';
import { randomId } from '../ids.js';
import { formatPosition } from '../position.js';
import { ViewReader } from '../view-reader.js';
import { Views } from '../views.js';
import {
  busyHistory,
  eventually,
  joined,
  membersView,
  quickly,
  readingOf,
  record,
  type GivenStores,
  type OpenStores,
} from './view-specs-given.js';

/** What readers may count on: one moment, pages that walk it, differences between two. */
export const readingContract = (kind: string, open: OpenStores): void => {
  describe(`reading views on ${kind}`, () => {
    let given: GivenStores;
    let views: Views;
    let reader: ViewReader;
    let held: Promise<void>;
    let release: () => void;
    let holding: string;
    const names = ['members', 'moments'];
    const now = new Date('2100-01-01T00:00:00Z');

    beforeEach(async () => {
      given = await open();
      held = Promise.resolve();
      holding = 'members';
      const advance: typeof given.store.advance = async (name, from, to) => {
        if (name.startsWith(holding)) await held;
        return given.store.advance(name, from, to);
      };
      const { log } = given;
      const store = { ...given.store, advance };
      views = new Views({ views: [membersView()], log, store, reading: readingOf(), backoff: quickly });
      reader = new ViewReader(views);
      await views.start();
      await caughtUp();
    });
    afterEach(async () => {
      await views.stop();
      await given.close();
    });
    const caughtUp = async (): Promise<void> => {
      const head = await given.log.head();
      for (const name of names) expect(await views.waitFor(name, head, { timeoutMs: 4_000 })).toBe(true);
    };
    /** Lets a view stay where it is until released. */
    const hold = (view = 'members'): void => {
      holding = view;
      held = new Promise((resolve) => {
        release = resolve;
      });
    };

    it('takes the lowest checkpoint of the views for now', async () => {
      const first = await joined(given.log, 'usr_a');
      await caughtUp();
      hold();
      const second = await joined(given.log, 'usr_b');
      await views.waitFor('moments', second);
      expect(await reader.moment(names, { now })).toEqual({ position: first, asOf: null });
      expect(await reader.moment(['moments'], { now, asOf: '', minPosition: '' })).toEqual({
        position: second,
        asOf: null,
      });
      release();
    });

    it('waits for minPosition, and no longer than 2 s', async () => {
      const first = await joined(given.log, 'usr_a');
      await caughtUp();
      hold();
      const second = await joined(given.log, 'usr_b');
      const refused = reader.moment(names, { now, minPosition: String(second) });
      await expect(refused).rejects.toMatchObject({
        code: 'view-behind',
        details: { position: formatPosition(first) },
      });
      const waiting = reader.moment(names, { now, minPosition: formatPosition(second) });
      const waitingToo = reader.moment(names, { now, asOf: formatPosition(second) });
      release();
      expect(await waiting).toEqual({ position: second, asOf: null });
      expect(await waitingToo).toEqual({ position: second, asOf: formatPosition(second) });
    });

    it('refuses what lies ahead and what is no moment', async () => {
      const head = await joined(given.log, 'usr_a');
      const refusals: [{ asOf?: string; minPosition?: string }, string][] = [
        [{ asOf: String(head + 1n) }, 'as-of-in-the-future'],
        [{ asOf: '99999999999999999999' }, 'as-of-in-the-future'],
        [{ asOf: '2100-01-01T00:00:00.001Z' }, 'as-of-in-the-future'],
        [{ minPosition: String(head + 1n) }, 'position-unknown'],
        [{ minPosition: '2020-01-01T00:00:00Z' }, 'invalid-request'],
        [{ asOf: '1', minPosition: '1' }, 'invalid-request'],
        [{ asOf: '-1' }, 'invalid-request'],
        [{ asOf: 'yesterday' }, 'invalid-request'],
        [{ asOf: '2020-02-30T00:00:00Z' }, 'invalid-request'],
        [{ asOf: '2020-01-01' }, 'invalid-request'],
      ];
      for (const [request, code] of refusals)
        await expect(reader.moment(names, { now, ...request })).rejects.toMatchObject({ code });
      await expect(reader.moment(names, { now, asOf: 'x' })).rejects.toMatchObject({
        problems: [{ code: 'format', pointer: '/asOf' }],
      });
    });

    it('finds the last event recorded at or before a time', async () => {
      const first = await joined(given.log, 'usr_a');
      await eventually(() => Date.now() > Date.parse(views.checkpoint('moments').recordedAt) + 1);
      for (const userId of ['usr_b', 'usr_c', 'usr_d']) await joined(given.log, userId);
      await caughtUp();
      const times = new Map<string, bigint>();
      for await (const { events } of given.log.follow({ after: 0n, signal: AbortSignal.timeout(20) }))
        for (const { recordedAt, position } of events) times.set(recordedAt, position);
      for (const [time, position] of times)
        expect(await reader.moment(names, { now, asOf: time })).toEqual({ position, asOf: time });
      const [earliest = ''] = times.keys();
      const before = new Date(Date.parse(earliest) - 1).toISOString();
      expect(await reader.moment(names, { now, asOf: before })).toMatchObject({ position: 0n });
      const inParis = new Date(Date.parse(earliest) + 3_600_000).toISOString().replace('Z', '9+01:00');
      expect(await reader.moment(names, { now, asOf: inParis })).toEqual({ position: first, asOf: earliest });
      expect(await reader.positionAt(earliest, now)).toBe(first);
    });

    it('waits for the latest events before it tells what a time names', async () => {
      hold('moments');
      const position = await joined(given.log, 'usr_a');
      await views.waitFor('members', position);
      const waiting = reader.moment(names, { now, asOf: '2099-01-01T00:00:00z' });
      for (let turn = 0; turn < 5; turn += 1)
        expect(await Promise.race([waiting, nextTurn('not yet')])).toBe('not yet');
      release();
      expect(await waiting).toEqual({ position, asOf: '2099-01-01T00:00:00.000Z' });
    });

    it('walks one moment by pages, whatever happens meanwhile', async () => {
      await busyHistory(given.log);
      for (const userId of ['usr_x', 'usr_y', 'usr_z']) await joined(given.log, userId, 'team_0');
      await caughtUp();
      const moment = await reader.moment(['members'], { now });
      const query = { moment, where: [], order: { column: 'team', descending: false }, limit: 2 };
      const whole = await reader.page('members', { ...query, limit: 100 });
      expect(whole.next).toBeUndefined();
      const keys: string[] = [];
      let after: Place | undefined;
      do {
        const page = await reader.page('members', { ...query, after });
        keys.push(...page.rows.map(({ key }) => key));
        after = page.next;
        await record(given.log, 'teams', 'TeamMerged', { team: 'team_0', into: 'team_1' });
        await caughtUp();
      } while (after !== undefined);
      expect(keys.length).toBeGreaterThan(3);
      expect(keys).toEqual(whole.rows.map(({ key }) => key));
      expect(await reader.count('members', { moment, where: [], cap: 100 })).toBe(keys.length);
      expect((await reader.many('members', ['usr_x', 'usr_none'], moment)).size).toBe(1);
      expect(await reader.history('members', 'usr_x', moment)).toMatchObject([{ until: null, closedBy: null }]);
    });

    it('goes on from a cursor, which must be its own and not contradicted', async () => {
      const position = await joined(given.log, 'usr_a');
      await caughtUp();
      const sealing: Sealing = {
        seal: (text) => `sealed ${text}`,
        open: (text) => (text.startsWith('sealed ') ? text.slice(7) : undefined),
      };
      const request = { list: 'members', sort: '-name', filters: { search: 'an', team: undefined }, asOf: '' };
      const cursor: Cursor = { position, request, after: { value: 'Ann', key: 'usr_a' } };
      const sealed = sealCursor(sealing, cursor);
      const nothing = { list: 'members', filters: {} };
      for (const beside of [nothing, request, { ...nothing, filters: { search: 'an' }, sort: '' }])
        expect(openCursor(sealing, sealed, beside)).toMatchObject({
          position,
          after: cursor.after,
          request: { sort: '-name' },
        });
      for (const beside of [
        { ...nothing, list: 'accounts' },
        { ...nothing, sort: 'name' },
        { ...nothing, filters: { search: 'bo' } },
        { ...nothing, filters: { team: 'north' } },
        { ...nothing, asOf: '1' },
        { ...nothing, minPosition: '1' },
      ])
        expect(() => openCursor(sealing, sealed, beside)).toThrow('cursor-mismatch');
      expect(() => openCursor(sealing, 'forged', nothing)).toThrow('cursor-invalid');
      const pinned = { position: 1n, asOf: null };
      expect(await reader.moment(names, { now, pinned })).toEqual(pinned);
      await expect(reader.moment(names, { now, pinned: { position: 9n, asOf: null } })).rejects.toThrow(
        'cursor-invalid',
      );
    });

    describe('of a log that was copied from others', () => {
      const [own, before, first] = [randomId('log'), randomId('log'), randomId('log')];
      let reached: bigint[];
      const of = (logId: string, position: bigint | string): string => `${logId}:${position}`;
      const momentOf = (asOf: string) => reader.moment(names, { now, asOf });

      beforeEach(async () => {
        await views.stop();
        const { log, store } = given;
        const logId = () => Promise.resolve(own);
        views = new Views({ views: [membersView()], log, store, reading: readingOf(), backoff: quickly, logId });
        reader = new ViewReader(views);
        await views.start();
        reached = [];
        for (const name of ['a', 'b', 'c', 'd']) reached.push(await joined(given.log, `usr_${name}`));
        await caughtUp();
        const [a = 0n, b = 0n, c = 0n, d = 0n] = reached;
        await views.earlier.add(before, [
          { earlier: 100n, here: a },
          { earlier: 250n, here: b },
        ]);
        await views.earlier.add(before, [
          { earlier: 9_007_199_254_740_993n, here: c },
          { earlier: 9_007_199_254_740_999n, here: c },
        ]);
        await views.earlier.add(first, [{ earlier: 7n, here: d }]);
      });

      it('takes a position of an earlier log for where it is here, and one of its own for itself', async () => {
        const [a = 0n, b = 0n, c = 0n, d = 0n] = reached;
        const expected: [string, bigint][] = [
          [of(before, 0n), 0n],
          [of(before, 99n), 0n],
          [of(before, 100n), a],
          [of(before, '00000000000000000249'), a],
          [of(before, 250n), b],
          [of(before, 9_007_199_254_740_992n), b],
          [of(before, 9_007_199_254_740_993n), c],
          [of(before, 9_007_199_254_740_998n), c],
          [of(before, 9_007_199_254_740_999n), c],
          [of(first, 6n), 0n],
          [of(first, 7n), d],
          [of(own, b), b],
        ];
        for (const [asOf, position] of expected)
          expect(await momentOf(asOf)).toEqual({ position, asOf: formatPosition(position), logId: own });
      });

      it('refuses what was not copied, other logs, and its own future', async () => {
        await expect(momentOf(of(before, 9_007_199_254_741_000n))).rejects.toThrow('position-unknown');
        await expect(momentOf(of(before, '99999999999999999999'))).rejects.toThrow('position-unknown');
        await expect(momentOf(of(first, 8n))).rejects.toThrow('position-unknown');
        await expect(momentOf(of(randomId('log'), 1n))).rejects.toThrow('position-unknown');
        await expect(momentOf(of(own, reached.at(-1)! + 1n))).rejects.toThrow('as-of-in-the-future');
        for (const malformed of [`${before}:`, `${before}:-1`, `${before}: 1`, 'log_short:1', `x${before}:1`])
          await expect(momentOf(malformed)).rejects.toThrow('invalid-request');
      });

      it('keeps what was added again as it was added last', async () => {
        const [a = 0n, b = 0n] = reached;
        const run = [
          { earlier: 100n, here: a },
          { earlier: 110n, here: b },
          { earlier: 250n, here: b },
        ];
        await views.earlier.add(before, run);
        expect(await momentOf(of(before, 120n))).toMatchObject({ position: b });
        const kept = [];
        for await (const one of views.earlier.runs()) if (one.logId === before) kept.push(one.run);
        expect(kept).toEqual([run, expect.anything()]);
      });

      it('pins a cursor to the log that it walks', async () => {
        const [a = 0n] = reached;
        const pinned = { position: a, asOf: null, logId: own };
        expect(await reader.moment(names, { now, pinned })).toEqual(pinned);
        const refused = [
          { position: a, asOf: null, logId: before },
          { position: a, asOf: null },
        ];
        for (const other of refused)
          await expect(reader.moment(names, { now, pinned: other })).rejects.toThrow('cursor-invalid');
        const sealing: Sealing = { seal: (text) => text, open: (text) => text };
        const request = { list: 'members', filters: {}, asOf: of(before, formatPosition(120n)) };
        const sealed = sealCursor(sealing, { position: a, logId: own, request, after: { value: 'Ann', key: 'usr_a' } });
        const opened = openCursor(sealing, sealed, { list: 'members', filters: {} });
        expect(momentOfCursor(opened)).toEqual({ position: a, asOf: formatPosition(a), logId: own });
      });
    });

    it('tells what differs between two moments, with the events behind it', async () => {
      await joined(given.log, 'usr_changed');
      await joined(given.log, 'usr_left');
      await joined(given.log, 'usr_same');
      const from = await joined(given.log, 'usr_same_too');
      const added = await joined(given.log, 'usr_added');
      await joined(given.log, 'usr_came_and_went');
      await record(given.log, 'user-usr_came_and_went', 'Left', { userId: 'usr_came_and_went' });
      const once = await record(given.log, 'user-usr_changed', 'Moved', { userId: 'usr_changed', team: 'south' });
      const twice = await record(given.log, 'user-usr_changed', 'Moved', { userId: 'usr_changed', team: 'west' });
      const left = await record(given.log, 'user-usr_left', 'Left', { userId: 'usr_left' });
      await joined(given.log, 'usr_later');
      await caughtUp();
      const query = { from, to: left, where: [], limit: 100 };
      const { lines, next } = await reader.diff('members', query);
      expect(lines).toMatchObject([
        { key: 'usr_added', change: 'added', before: null, after: { from: added }, causes: [{ position: added }] },
        {
          key: 'usr_changed',
          change: 'changed',
          before: { body: { team: 'north' } },
          after: { body: { team: 'west' } },
          causes: [{ position: once }, { position: twice }],
        },
        { key: 'usr_left', change: 'removed', after: null, causes: [{ position: left }] },
      ]);
      expect(next).toBeUndefined();

      const paged: string[] = [];
      let afterKey: string | undefined;
      do {
        const page = await reader.diff('members', { ...query, limit: 1, ...(afterKey && { afterKey }) });
        paged.push(...page.lines.map(({ key }) => key));
        afterKey = page.next;
      } while (afterKey !== undefined);
      expect(paged).toEqual(['usr_added', 'usr_changed', 'usr_left']);
      await expect(reader.diff('members', { ...query, from: left, to: from })).rejects.toThrow('invalid-request');
    });
  });
};
