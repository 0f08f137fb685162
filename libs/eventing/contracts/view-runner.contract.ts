import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { digestOf } from '../digest.js';
import { StoreUnavailable, type RecordedEvent } from '../event-store.js';
import { foldBatch } from '../fold-batch.js';
import { formatPosition } from '../position.js';
import type { View } from '../view.js';
import { ViewRunner, type EventReading, type ViewRunnerParts } from '../view-runner.js';
import { generationName, startCheckpoint, type Generation } from '../view-store.js';
import {
  busyHistory,
  eventsOf,
  eventually,
  joined,
  membersView,
  quickly,
  readingOf,
  record,
  rowsOf,
  type GivenStores,
  type OpenStores,
} from './view-specs-given.js';

/** What folding a view guarantees on a store, whatever breaks. */
export const viewRunnerContract = (kind: string, open: OpenStores): void => {
  describe(`a view runner on ${kind}`, () => {
    let given: GivenStores;
    let runners: ViewRunner[];
    const view = membersView();

    beforeEach(async () => {
      given = await open();
      runners = [];
    });
    afterEach(async () => {
      for (const runner of runners) await runner.stop();
      await given.close();
    });

    const generation = (): Promise<Generation> => given.store.create(view.name, view.version, view);
    const runnerOf = (made: Generation, parts: Partial<ViewRunnerParts> = {}): ViewRunner => {
      const { log, store } = given;
      const runner = new ViewRunner({
        view,
        generation: made,
        log,
        store,
        reading: readingOf(),
        backoff: quickly,
        ...parts,
      });
      runners.push(runner);
      return runner;
    };
    const run = async (made: Generation, parts: Partial<ViewRunnerParts> = {}): Promise<ViewRunner> => {
      const runner = runnerOf(made, parts);
      runner.start();
      expect(await runner.waitFor(await given.log.head(), { timeoutMs: 4_000 })).toBe(true);
      return runner;
    };
    const digest = async (made: Generation): Promise<string> =>
      digestOf(given.store.scan(made), await given.log.head());

    it('keeps one version an event and key, none where the fold changed nothing', async () => {
      await joined(given.log, 'usr_a');
      await record(given.log, 'user-usr_a', 'Moved', { userId: 'usr_a', team: 'north' });
      await record(given.log, 'user-usr_a', 'Moved', { userId: 'usr_a', team: 'south' });
      await record(given.log, 'user-usr_a', 'Left', { userId: 'usr_a' });
      const made = await generation();
      await run(made);
      const [first, second, ...more] = await rowsOf(given.store, made);
      expect(first).toMatchObject({ key: 'usr_a', from: 1n, until: 3n, body: { team: 'north' } });
      expect(second).toMatchObject({ key: 'usr_a', from: 3n, until: 4n, body: { team: 'south' } });
      expect(more).toEqual([]);
    });

    it('folds the same whatever the size of a batch', async () => {
      await busyHistory(given.log);
      const digests: string[] = [];
      for (const batchSize of [1, 3, 500]) {
        const made = await generation();
        await run(made, { batchSize });
        digests.push(await digest(made));
      }
      expect(new Set(digests).size).toBe(1);
    });

    it('makes the same rows of events that are applied twice', async () => {
      await busyHistory(given.log);
      const once = await generation();
      await run(once);
      const twice = await generation();
      const events = await eventsOf(given.log);
      for (let start = 0; start < events.length; start += 4) {
        const position = events[start - 1]?.position ?? 0n;
        for (let time = 0; time < 2; time += 1) {
          const batch = events.slice(start, start + 4);
          const { changes } = await foldBatch(view, given.store, twice, { position, recordedAt: '' }, batch);
          await given.store.write(twice, changes);
        }
      }
      expect(await digest(twice)).toBe(await digest(once));
    });

    it('lets two owners of one generation interleave', async () => {
      await busyHistory(given.log);
      const alone = await generation();
      await run(alone);
      const shared = await generation();
      await Promise.all([run(shared, { batchSize: 3 }), run(shared, { batchSize: 7 })]);
      expect(await digest(shared)).toBe(await digest(alone));
    });

    it('goes on where rows were written and the checkpoint was not', async () => {
      await busyHistory(given.log);
      const clean = await generation();
      await run(clean);
      const broken = await generation();
      const first = (await eventsOf(given.log)).slice(0, 11);
      const { changes } = await foldBatch(view, given.store, broken, startCheckpoint, first);
      await given.store.write(broken, changes.slice(0, -2));
      await run(broken, { batchSize: 4 });
      expect(await digest(broken)).toBe(await digest(clean));
    });

    it('takes a person out of every version, past ones and those of the same batch too', async () => {
      await joined(given.log, 'usr_a');
      const made = await generation();
      const runner = await run(made);
      await runner.stop();
      await record(given.log, 'user-usr_a', 'Renamed', { userId: 'usr_a', name: 'Later name of usr_a' });
      await joined(given.log, 'usr_b');
      await record(given.log, 'user-usr_a', 'Erased', { userId: 'usr_a' });
      await record(given.log, 'user-usr_a', 'Moved', { userId: 'usr_a', team: 'south' });
      await run(made);
      const rows = await rowsOf(given.store, made);
      expect(rows.filter(({ key }) => key === 'usr_a').map(({ body }) => body['name'])).toEqual(
        Array(3).fill('[erased]'),
      );
      expect(rows.find(({ key }) => key === 'usr_b')?.body['name']).toBe('Name of usr_b');
      const where = [{ wordStartsWith: 'name' }];
      expect(await given.store.count(made, { asOf: 5n, where, cap: 10 })).toBe(1);
    });

    it('leaves alone what was opened after a person was erased, when a slower owner does that again', async () => {
      await joined(given.log, 'usr_a');
      await record(given.log, 'user-usr_a', 'Erased', { userId: 'usr_a' });
      await joined(given.log, 'usr_a');
      const made = await generation();
      await run(made);
      const [, erased] = await eventsOf(given.log);
      if (erased === undefined) throw new Error('nobody was erased');
      const { changes } = await foldBatch(view, given.store, made, { position: 1n, recordedAt: '' }, [erased]);
      await given.store.write(made, changes);
      const names = (await rowsOf(given.store, made)).map(({ from, body }) => [from, body['name']]);
      expect(names).toEqual([
        [1n, '[erased]'],
        [3n, 'Name of usr_a'],
      ]);
    });

    it('opens what it folds and nothing else', async () => {
      await joined(given.log, 'usr_a');
      await record(given.log, 'elsewhere', 'Due', { name: 'not for this view' });
      const opened: bigint[] = [];
      const open: EventReading['open'] = (event) => {
        opened.push(event.position);
        return Promise.resolve({ ...event, data: { ...event.data, name: 'opened' } });
      };
      const made = await generation();
      await run(made, { reading: { ...readingOf(), open } });
      expect((await rowsOf(given.store, made)).map(({ body }) => body['name'])).toEqual(['opened']);
      expect(opened).toEqual([1n]);
    });

    it('looks at other rows as they stood before the event', async () => {
      const [first, second] = ['usr_a', 'usr_b'];
      for (const userId of [first, second]) await joined(given.log, userId, `team of ${userId}`);
      await record(given.log, 'teams', 'Swapped');
      const isSwap = ({ type }: RecordedEvent): boolean => type === 'Swapped';
      const swapping: View = {
        ...view,
        rows: (event) => (isSwap(event) ? [first, second] : view.rows(event)),
        reads: (event) => (isSwap(event) ? [first, second] : []),
        fold: (row, event, key, look) =>
          isSwap(event) && row
            ? { ...row, team: look(key === first ? second : first)?.['team'] }
            : view.fold(row, event, key, look),
      };
      const made = await generation();
      await run(made, { view: swapping, reading: { ...readingOf(), upcast: (event) => event } });
      const rows = await given.store.get(made, [first, second], 3n);
      expect(rows.get(first)?.body['team']).toBe(`team of ${second}`);
      expect(rows.get(second)?.body['team']).toBe(`team of ${first}`);
    });

    it('retries an outage with the checkpoint unmoved, visibly', async () => {
      await busyHistory(given.log);
      const made = await generation();
      let out = true;
      const write: typeof given.store.write = async (...args) => {
        if (out) throw new StoreUnavailable('out');
        await given.store.write(...args);
      };
      const runner = runnerOf(made, { store: { ...given.store, write } });
      runner.start();
      await eventually(() => runner.status.state === 'retrying');
      expect(runner.status).toMatchObject({ error: 'StoreUnavailable', position: 0n, parked: 0 });
      expect(await given.store.checkpoint(generationName(made))).toEqual(startCheckpoint);
      out = false;
      expect(await runner.waitFor(await given.log.head(), { timeoutMs: 4_000 })).toBe(true);
      expect(runner.status).toMatchObject({ error: null, state: 'live' });
    });

    it('parks a poison event and the later ones of its stream, and goes on with others', async () => {
      await joined(given.log, 'usr_a');
      const poison = await record(given.log, 'user-usr_a', 'Poison', { userId: 'usr_a' });
      await joined(given.log, 'usr_b');
      const later = await record(given.log, 'user-usr_a', 'Left', { userId: 'usr_a' });
      const made = await generation();
      let folded = 0;
      const broken = membersView(() => (folded += 1) > 0);
      const runner = await run(made, { view: broken });
      expect(await given.store.parked(made)).toMatchObject([
        { position: poison, stream: 'user-usr_a', type: 'Poison', error: 'RangeError' },
        { position: later, type: 'Left', error: `after ${formatPosition(poison)}` },
      ]);
      expect(folded).toBe(6); // once in its batch, five times by itself
      expect(runner.status).toMatchObject({ parked: 2, state: 'live', error: null });
      const rows = await given.store.get(made, ['usr_a', 'usr_b'], await given.log.head());
      expect([...rows.keys()].sort()).toEqual(['usr_a', 'usr_b']);
      await runner.stop();

      const afterRestart = await record(given.log, 'user-usr_a', 'Moved', { userId: 'usr_a', team: 'south' });
      await run(made);
      expect((await given.store.parked(made)).map(({ position }) => position)).toEqual([poison, later, afterRestart]);
    });

    it('ignores events of a newer build, unless it is strict', async () => {
      await joined(given.log, 'usr_a');
      await record(given.log, 'user-usr_a', 'FromTheFuture', { userId: 'usr_a' });
      const runner = await run(await generation());
      expect(runner.status).toMatchObject({ parked: 0, state: 'live' });
      const strict = runnerOf(await generation(), { strict: true });
      strict.start();
      await expect(strict.finished).rejects.toMatchObject({ name: 'PoisonEvent', position: 2n });
      expect(strict.status.state).toBe('stopped');
    });

    it('gives folds and checkpoints the latest time so far', async () => {
      const times = ['2026-01-02T00:00:00.000Z', '2026-01-01T00:00:00.000Z', '2026-01-03T00:00:00.000Z'];
      for (const name of ['usr_a', 'usr_b', 'usr_c']) await joined(given.log, name);
      const follow: typeof given.log.follow = async function* (options) {
        for await (const batch of given.log.follow(options))
          yield {
            ...batch,
            events: batch.events.map((event) => ({
              ...event,
              recordedAt: times[Number(event.position) - 1] ?? event.recordedAt,
            })),
          };
      };
      const seen: string[] = [];
      const watched = {
        ...view,
        fold: (...args: Parameters<typeof view.fold>) => {
          seen.push(args[1].recordedAt);
          return view.fold(...args);
        },
      };
      const runner = await run(await generation(), { log: { ...given.log, follow }, view: watched, batchSize: 2 });
      expect(seen).toEqual([times[0], times[0], times[2]]);
      expect(runner.status.recordedAt).toBe(times[2]);
    });

    it('stops when its generation was dropped by another owner', async () => {
      await joined(given.log, 'usr_a');
      const made = await generation();
      const told: string[] = [];
      const runner = await run(made, { replaced: () => told.push('replaced') });
      await given.store.drop(made);
      await joined(given.log, 'usr_b');
      await runner.finished;
      expect(runner.status).toMatchObject({ state: 'stopped', error: 'replaced' });
      expect(told).toEqual(['replaced']);
    });
  });
};
