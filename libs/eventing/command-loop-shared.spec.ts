import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Aggregate, Fact } from './aggregate.js';
import type { States } from './at-hand.js';
import { CommandLoop } from './command-loop.js';
import type { EventSealer } from './event-sealer.js';
import { type EventStore, StoreUnavailable } from './event-store.js';
import { randomId } from './ids.js';
import { inMemoryEventStore } from './in-memory/event-store.js';
import { refuse } from './refusal.js';

interface Counter {
  sum: number;
}
const counter: Aggregate<Counter> = {
  category: 'counter',
  initial: () => ({ sum: 0 }),
  evolve: (state, event) => {
    state.sum += event.data['by'] as number;
    return state;
  },
};
const types = { Added: { version: 1 } };
const openly: EventSealer = { seal: (_, event) => Promise.resolve(event), open: (event) => Promise.resolve(event) };
const added = (by: number): Fact => ({ type: 'Added', data: { by } });

/** A log that counts what it is asked, can be cut off, and lets a test act while a reading is under way. */
class WatchedLog {
  readonly inner = inMemoryEventStore();
  readings: (bigint | undefined)[] = [];
  down = false;
  meanwhile: () => Promise<unknown> = () => new Promise(setImmediate);
  readonly store: EventStore = {
    ...this.inner,
    append: async (...append) => {
      if (this.down) throw new StoreUnavailable('no connection');
      return this.inner.append(...append);
    },
    readStream: (stream, from) => this.#read(stream, from),
  };

  async *#read(stream: string, from?: bigint) {
    this.readings.push(from);
    if (this.down) throw new StoreUnavailable('no connection');
    yield* this.inner.readStream(stream, from);
    await this.meanwhile();
  }
}

let log: WatchedLog;
let here: CommandLoop;
let elsewhere: CommandLoop;

beforeEach(() => {
  log = new WatchedLog();
  here = new CommandLoop({ store: log.store, types, sealer: openly, sharedLog: true, patienceMs: 200 });
  elsewhere = new CommandLoop({ store: log.inner, types, sealer: openly, sharedLog: true });
});

const adds = (loop: CommandLoop, by: number, id = 'one') =>
  loop.execute({
    aggregate: counter,
    id,
    context: {
      commandId: randomId('cmd'),
      actor: { kind: 'system', id: 'test' },
      now: '2026-01-01T00:00:00.000Z',
      correlationId: 'test',
    },
    decide: ({ sum }) => (sum + by > 100 ? refuse('over-limit') : [added(by)]),
  });
const sumOf = (loop: CommandLoop, options = {}, id = 'one') => loop.read(counter, id, ({ sum }) => sum, options);

describe('a log that other processes write to', () => {
  it('shows what another process was told of before the question', async () => {
    await adds(here, 1);
    await adds(elsewhere, 2);
    expect(await sumOf(here)).toBe(3);
  });

  it('is read from the known revision on, never from the beginning again', async () => {
    await adds(here, 1);
    for (let times = 0; times < 5; times += 1) await adds(elsewhere, 1);
    log.readings = [];
    await adds(here, 1);
    expect(await sumOf(here)).toBe(7);
    expect(log.readings).toEqual([1n, 7n]);
  });

  it('is read once for all who ask at the same time, and again for whoever asks later', async () => {
    await adds(here, 1);
    log.readings = [];
    const first = sumOf(here);
    await new Promise(setImmediate);
    const others = Array.from({ length: 50 }, () => sumOf(here));
    await adds(elsewhere, 1);
    expect(await first).toBe(1);
    expect(new Set(await Promise.all(others))).toEqual(new Set([2]));
    expect(log.readings).toHaveLength(2);
  });

  it('is not read for whoever is content with a moment ago', async () => {
    await sumOf(here);
    await adds(elsewhere, 1);
    log.readings = [];
    expect(await sumOf(here, { withinMs: 60_000 })).toBe(0);
    expect(log.readings).toEqual([]);
    expect(await sumOf(here)).toBe(1);
  });

  it('refuses on what is the newest, not on what was known', async () => {
    await adds(here, 100);
    await adds(elsewhere, -50);
    await expect(adds(here, 60)).rejects.toMatchObject({ code: 'over-limit' });
    expect(await adds(here, 50)).toMatchObject({ revision: 2n });
  });

  it('decides again, however the decision ended that others moved the state under', async () => {
    await adds(here, 1);
    let times = 0;
    const outcome = await here.execute({
      aggregate: counter,
      id: 'one',
      context: {
        commandId: 'cmd_1',
        actor: { kind: 'system', id: 'test' },
        now: '2026-01-01T00:00:00.000Z',
        correlationId: 'c',
      },
      decide: async (state) => {
        times += 1;
        const before = state.sum;
        if (times === 1) {
          await adds(elsewhere, 1);
          await sumOf(here);
        }
        if (state.sum !== before) throw new TypeError('made no sense');
        return [added(10)];
      },
    });
    expect(outcome).toMatchObject({ revision: 2n });
    expect(times).toBe(2);
  });

  it('that does not answer confirms nothing; whoever takes the last known state is given it', async () => {
    await adds(here, 1);
    log.down = true;
    await expect(sumOf(here)).rejects.toMatchObject({ code: 'cannot-confirm' });
    await expect(here.atOneMoment([({ look }) => look(counter, 'one', ({ sum }) => sum)])).rejects.toMatchObject({
      code: 'cannot-confirm',
    });
    await expect(adds(here, 1)).rejects.toThrow(StoreUnavailable);
    expect(await sumOf(here, { evenStale: true })).toBe(1);
    await expect(sumOf(here, { evenStale: true }, 'never seen')).rejects.toMatchObject({ code: 'cannot-confirm' });
    log.down = false;
    await adds(elsewhere, 1);
    expect(await sumOf(here)).toBe(2);
  });
});

describe.each([
  ['a log of its own', () => new CommandLoop({ store: log.inner, types, sealer: openly, patienceMs: 200 })],
  ['a shared log', () => here],
])('states of several streams, on %s', (name, open) => {
  const writer = (loop: CommandLoop) => (name === 'a shared log' ? elsewhere : loop);
  /** How much `one` is ahead of `two`. */
  const lead = (loop: CommandLoop) =>
    loop.atOneMoment([
      ({ look }) => look(counter, 'one', ({ sum: one }) => look(counter, 'two', ({ sum: two }) => one - two)),
    ]);

  it('are never a mixture that there was not', async () => {
    const loop = open();
    let left = 30;
    const writing = (async () => {
      for (; left > 0; left -= 1) {
        await adds(writer(loop), 1, 'one');
        // So that looks fall between the two as well.
        for (let turns = 0; turns < left % 7; turns += 1) await new Promise(setImmediate);
        await adds(writer(loop), 1, 'two');
      }
    })();
    const leads = new Set<number | undefined>();
    while (left > 0) {
      const [ahead] = await lead(loop);
      leads.add(ahead);
      await new Promise(setImmediate);
    }
    await writing;
    expect([0, 1]).toEqual(expect.arrayContaining([...leads]));
    expect(await lead(loop)).toEqual([0]);
  });

  it('that are not folded yet are folded together, and refused on only then', async () => {
    const loop = open();
    await adds(writer(loop), 7, 'two');
    const works = ['one', 'two'].map(
      (id) =>
        ({ look }: States) =>
          look(counter, id, ({ sum }) => (sum > 5 ? refuse('too-much') : sum)),
    );
    await expect(loop.atOneMoment(works)).rejects.toMatchObject({ code: 'too-much' });
    await adds(writer(loop), -7, 'two');
    expect(await loop.atOneMoment(works)).toEqual([0, 0]);
  });
});

it('states of a shared log are not confirmed where they never stand still', async () => {
  const work = ({ look }: States) => look(counter, 'one', ({ sum }) => sum);
  log.meanwhile = () => adds(elsewhere, 0, 'one');
  await expect(here.atOneMoment([work, work])).rejects.toMatchObject({ code: 'cannot-confirm' });
});
