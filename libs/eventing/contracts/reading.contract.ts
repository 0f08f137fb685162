import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openCursor, sealCursor, type Cursor, type Place, type Sealing } from '../cursor.js';
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
