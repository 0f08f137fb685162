import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreUnavailable, type RecordedEvent } from '../event-store.js';
import { ReactorRunner } from '../reactor.js';
import { Timer } from '../timer.js';
import { ViewReader } from '../view-reader.js';
import type { ViewStore } from '../view-store.js';
import { Views } from '../views.js';
import {
  dueView,
  eventually,
  joined,
  quickly,
  readingOf,
  record,
  type GivenStores,
  type OpenStores,
} from './view-specs-given.js';

/** What acting on the log guarantees: reactors and the timer. */
export const reactorContract = (kind: string, open: OpenStores): void => {
  describe(`acting on the log on ${kind}`, () => {
    let given: GivenStores;
    let stops: (() => Promise<void>)[];

    beforeEach(async () => {
      given = await open();
      stops = [];
    });
    afterEach(async () => {
      for (const stop of stops.reverse()) await stop();
      await given.close();
    });

    const runnerOf = (react: (event: RecordedEvent) => Promise<void>): ReactorRunner => {
      const { log, store } = given;
      const reactor = { name: 'greeting', types: ['Joined', 'Moved'], react };
      const runner = new ReactorRunner({ reactor, log, store, upcast: readingOf().upcast, backoff: quickly });
      stops.push(() => runner.stop());
      return runner;
    };
    const done = async (runner: ReactorRunner): Promise<void> => {
      expect(await runner.waitFor(await given.log.head(), { timeoutMs: 4_000 })).toBe(true);
    };

    it('reacts in log order from the beginning, and goes on where it stopped', async () => {
      for (const userId of ['usr_a', 'usr_b']) await joined(given.log, userId);
      await record(given.log, 'user-usr_a', 'Left', { userId: 'usr_a' });
      const seen: bigint[] = [];
      const react = (event: RecordedEvent): Promise<void> => Promise.resolve(void seen.push(event.position));
      const first = runnerOf(react);
      await first.start();
      await done(first);
      await first.stop();
      await joined(given.log, 'usr_c');
      const second = runnerOf(react);
      await second.start();
      await done(second);
      expect(seen).toEqual([1n, 2n, 4n]);
      expect(second.status).toMatchObject({ reactor: 'greeting', position: 4n, state: 'live', parked: 0 });
    });

    it('is looked at where another process runs it', async () => {
      await joined(given.log, 'usr_a');
      const elsewhere = runnerOf(() => Promise.resolve());
      expect(await elsewhere.look()).toMatchObject({ position: 0n, state: 'elsewhere' });
      const runner = runnerOf(() => Promise.reject(new TypeError('a bug')));
      await runner.start();
      await done(runner);
      expect(await runner.look()).toEqual(runner.status);
      expect(await elsewhere.look()).toMatchObject({
        reactor: 'greeting',
        position: 1n,
        state: 'elsewhere',
        parked: 1,
      });
    });

    it('asks again for the event it was at, after an outage', async () => {
      for (const userId of ['usr_a', 'usr_b', 'usr_c']) await joined(given.log, userId);
      const seen: bigint[] = [];
      let outages = 7;
      const runner = runnerOf(({ position }) => {
        if (position === 2n && (outages -= 1) >= 0) throw new StoreUnavailable('out');
        seen.push(position);
        return Promise.resolve();
      });
      await runner.start();
      await done(runner);
      expect(seen).toEqual([1n, 2n, 3n]);
      expect(runner.status.parked).toBe(0);
    });

    it('parks what keeps failing with what follows it, and tries those again in order at the next start', async () => {
      await joined(given.log, 'usr_a');
      await record(given.log, 'user-usr_a', 'Moved', { userId: 'usr_a', team: 'south' });
      await joined(given.log, 'usr_b');
      await joined(given.log, 'usr_c');
      const broken = new Set(['user-usr_a', 'user-usr_c']);
      let tries = 0;
      const seen: bigint[] = [];
      const react = ({ position, stream }: RecordedEvent): Promise<void> => {
        if (broken.has(stream)) {
          tries += 1;
          throw new TypeError('usr_a again');
        }
        seen.push(position);
        return Promise.resolve();
      };
      const first = runnerOf(react);
      await first.start();
      await done(first);
      expect(tries).toBe(10);
      expect(seen).toEqual([3n]);
      expect(await first.parked()).toMatchObject([
        { position: 1n, error: 'TypeError' },
        { position: 2n, error: 'after 00000000000000000001' },
        { position: 4n, error: 'TypeError' },
      ]);
      await first.stop();

      broken.delete('user-usr_c');
      const still = runnerOf(react);
      await still.start();
      await done(still);
      expect(seen).toEqual([3n, 4n]);
      expect(await still.parked()).toMatchObject([{ position: 1n }, { position: 2n }]);
      await still.stop();

      broken.clear();
      const put = runnerOf(react);
      await put.start();
      await done(put);
      expect(seen).toEqual([3n, 4n, 1n, 2n]);
      expect(await put.parked()).toEqual([]);
      expect(put.status.parked).toBe(0);
    });

    const timerOf = async (now: () => Date, fire: (key: string) => Promise<void>): Promise<Timer> => {
      const { log, store } = given;
      const views = new Views({ views: [dueView], log, store, reading: readingOf(), backoff: quickly });
      stops.push(() => views.stop());
      await views.start();
      const reader = new ViewReader(views);
      const parts = {
        views,
        reader,
        dueView: 'due',
        now,
        backoff: quickly,
        fire: ({ key }: { key: string }) => fire(key),
      };
      const timer = new Timer(parts);
      stops.push(() => timer.stop());
      timer.start();
      return timer;
    };
    const due = (id: string, at: number): Promise<bigint> =>
      record(given.log, `due-${id}`, 'Due', { id, dueAt: new Date(at).toISOString() });
    const finish = (id: string): Promise<bigint> => record(given.log, `due-${id}`, 'Done', { id });

    it('fires what is due in order of time, once, and what becomes due when it does', async () => {
      const start = Date.now();
      await due('second', start - 1_000);
      await due('first', start - 2_000);
      await due('later', start + 150);
      await due('much-later', start + 3_600_000);
      const fired: string[] = [];
      const times: number[] = [];
      await timerOf(
        () => new Date(),
        async (key) => {
          fired.push(key);
          times.push(Date.now());
          await finish(key);
        },
      );
      await eventually(() => fired.length === 2);
      await due('at-once', start - 5_000);
      await eventually(() => fired.length === 4);
      expect(fired).toEqual(['first', 'second', 'at-once', 'later']);
      expect(times.at(-1)).toBeGreaterThanOrEqual(start + 150);
    });

    it('tries a failing one again, while others are fired, and says so', async () => {
      const start = Date.now();
      let failures = 6;
      const fired: string[] = [];
      let firing = 0;
      await due('failing', start - 2_000);
      await due('healthy', start - 1_000);
      const timer = await timerOf(
        () => new Date(),
        async (key) => {
          expect((firing += 1)).toBe(1);
          try {
            if (key === 'failing' && (failures -= 1) >= 0) throw new RangeError('not yet');
            fired.push(key);
            await finish(key);
          } finally {
            firing -= 1;
          }
        },
      );
      await eventually(() => timer.status.failing === 1);
      expect(timer.status).toMatchObject({ state: 'retrying', error: 'RangeError' });
      await eventually(() => fired.length === 2);
      expect(fired).toEqual(['healthy', 'failing']);
      await eventually(() => timer.status.state === 'live');
    });

    it('fires what becomes due while others are fired', async () => {
      const start = Date.now();
      let now = start;
      await due('long', start - 1_000);
      await due('meanwhile', start + 500);
      const fired: string[] = [];
      await timerOf(
        () => new Date(now),
        (key) => {
          now = start + 1_000;
          return Promise.resolve(void fired.push(key));
        },
      );
      await eventually(() => fired.includes('meanwhile'));
      expect(fired).toEqual(['long', 'meanwhile']);
    });

    it('fires thousands, and lets none that fails hold up the others', async () => {
      const at = new Date(Date.now() - 1_000).toISOString();
      const events = Array.from({ length: 1_000 }, (_, n) => {
        return { id: `evt_${n}`, type: 'Due', data: { id: `due_${n}`, dueAt: at }, metadata: {} };
      });
      await given.log.append('due-many', 'no-stream', events);
      const fired = new Map<string, number>();
      const timer = await timerOf(
        () => new Date(),
        (key) => {
          fired.set(key, (fired.get(key) ?? 0) + 1);
          if (key.endsWith('7')) throw new RangeError('never');
          return Promise.resolve();
        },
      );
      await eventually(() => fired.size === 1_000);
      await eventually(() => timer.status.failing === 100);
      expect([...fired].filter(([key, times]) => times > 1 && !key.endsWith('7'))).toEqual([]);
    });

    it('starts again after a start that failed', async () => {
      await joined(given.log, 'usr_a');
      const { log, store } = given;
      const seen: bigint[] = [];
      let broken = true;
      const reactor = {
        name: 'greeting',
        types: ['Joined'],
        react: (event: RecordedEvent) => Promise.resolve(void seen.push(event.position)),
      };
      const keep: ViewStore['keep'] = (name, schema) => {
        if (broken) throw new StoreUnavailable('out');
        return store.keep(name, schema);
      };
      const upcast = readingOf().upcast;
      const runner = new ReactorRunner({ reactor, log, store: { ...store, keep }, upcast, backoff: quickly });
      stops.push(() => runner.stop());
      await expect(runner.start()).rejects.toThrow(StoreUnavailable);
      broken = false;
      await runner.start();
      await done(runner);
      expect(seen).toEqual([1n]);
    });

    it('does not fire a row again and again that stands although it was fired', async () => {
      const fired: string[] = [];
      await timerOf(
        () => new Date(),
        (key) => Promise.resolve(void fired.push(key)),
      );
      await due('stale', Date.now() - 1_000);
      await eventually(() => fired.length === 1);
      for (const id of ['a', 'b', 'c']) {
        await due(id, Date.now() - 1_000);
        await eventually(() => fired.includes(id));
      }
      expect(fired).toEqual(['stale', 'a', 'b', 'c']);
    });
  });
};
