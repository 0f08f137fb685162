import { describe, expect, it } from '@jest/globals';
import type { Aggregate, Fact } from './aggregate.js';
import type { CommandContext } from './command.js';
import { CommandLoop, type Decision } from './command-loop.js';
import type { EventSealer } from './event-sealer.js';
import { type EventStore, OutcomeUnknown, StoreUnavailable } from './event-store.js';
import { randomId } from './ids.js';
import { inMemoryEventStore } from './in-memory/event-store.js';
import { refuse } from './refusal.js';

interface Counter {
  value: number;
  lastRevision: bigint;
}

const counter: Aggregate<Counter> = {
  category: 'counter',
  initial: () => ({ value: 0, lastRevision: -1n }),
  evolve: (state, event) => ({ value: state.value + (event.data['by'] as number), lastRevision: event.revision }),
};
const types = { Added: { version: 1 } };
const openly: EventSealer = { seal: (_, event) => Promise.resolve(event), open: (event) => Promise.resolve(event) };
const added = (by: number): Fact => ({ type: 'Added', data: { by } });

const context = (rest: Partial<CommandContext> = {}): CommandContext => ({
  commandId: randomId('cmd'),
  actor: { kind: 'user', id: 'usr_a' },
  now: '2026-01-01T00:00:00.000Z',
  correlationId: 'test',
  ...rest,
});

const add = (by: number, rest: Partial<CommandContext> = {}, limit = Infinity): Decision<Counter> => ({
  aggregate: counter,
  id: 'one',
  context: context(rest),
  decide: (state) => (state.value + by > limit ? refuse('over-limit') : by === 0 ? [] : [added(by)]),
});

const loopOn = (store: EventStore, sharedLog = false): CommandLoop =>
  new CommandLoop({ store, types, sealer: openly, sharedLog });
const valueIn = (loop: CommandLoop): Promise<number> => loop.read(counter, 'one', ({ value }) => value);

const eventsIn = async (store: EventStore): Promise<number> => {
  let events = 0;
  for await (const _ of store.readStream('counter-one')) events += 1;
  return events;
};

/** The store, whose first append fails a turn later. */
const failingOnce = (store: EventStore): EventStore => {
  let failing = true;
  return {
    ...store,
    append: async (...append) => {
      if (!failing) return store.append(...append);
      await new Promise(setImmediate);
      failing = false;
      throw new StoreUnavailable('disk full');
    },
  };
};

describe('the command loop', () => {
  it('decides on the folded state and answers with revision, position and events', async () => {
    const store = inMemoryEventStore();
    const loop = loopOn(store);
    await loop.execute(add(2));
    const outcome = await loop.execute(add(3));
    expect(outcome).toMatchObject({ changed: true, revision: 1n, replayed: false, events: [{ type: 'Added' }] });
    expect(outcome.position).toBe(await store.head());
    expect(await valueIn(loop)).toBe(5);
    expect(await valueIn(loopOn(store))).toBe(5);
  });

  it('answers a decision without facts as unchanged, at the last position of the stream', async () => {
    const loop = loopOn(inMemoryEventStore());
    const { position } = await loop.execute(add(2));
    expect(await loop.execute(add(0))).toMatchObject({ changed: false, revision: 0n, position, events: [] });
  });

  it('lets parallel commands of one stream build on each other', async () => {
    const store = inMemoryEventStore();
    const loop = loopOn(store);
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => loop.execute(add(1, {}, 20))));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
    expect(await eventsIn(store)).toBe(20);
  });

  it('decides again when another writer was first', async () => {
    const store = inMemoryEventStore();
    const loops = [loopOn(store, true), loopOn(store, true), loopOn(store, true)];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, (_, index) => loops[index % 3]!.execute(add(1, {}, 20))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
    expect(await eventsIn(store)).toBe(20);
    for (const loop of loops) expect(await valueIn(loop)).toBe(20);
  });

  it('recognises a command by its id and gives its first answer again, also after a restart', async () => {
    const store = inMemoryEventStore();
    const loop = loopOn(store);
    const same = { commandId: 'cmd_x', requestHash: 'hash' };
    const first = await loop.execute(add(2, same));
    await loop.execute(add(5));
    for (const again of [loop, loopOn(store)])
      expect(await again.execute(add(2, same))).toMatchObject({
        revision: first.revision,
        position: first.position,
        events: first.events,
        changed: true,
        replayed: true,
      });
    expect(await eventsIn(store)).toBe(2);
  });

  it('refuses the same key with another request', async () => {
    const loop = loopOn(inMemoryEventStore());
    await loop.execute(add(2, { commandId: 'cmd_x', requestHash: 'hash' }));
    await expect(loop.execute(add(3, { commandId: 'cmd_x', requestHash: 'other' }))).rejects.toMatchObject({
      code: 'idempotency-key-reused',
    });
  });

  it('forgets a command after 24 hours', async () => {
    const store = inMemoryEventStore();
    const loop = loopOn(store);
    const same = { commandId: 'cmd_x', requestHash: 'hash' };
    const first = await loop.execute(add(2, same));
    const late = { ...same, now: '2026-01-02T00:00:01.000Z' };
    const anew = await loop.execute(add(2, late));
    expect(anew).toMatchObject({ replayed: false, revision: 1n });
    expect(anew.events).not.toEqual(first.events);
    for (const again of [loop, loopOn(store)])
      expect(await again.execute(add(2, late))).toMatchObject({ replayed: true, revision: 1n, events: anew.events });
  });

  it('recognises the latest 1,000 commands of a stream', async () => {
    const store = inMemoryEventStore();
    const loop = loopOn(store);
    const keyed = (number: number) => add(1, { commandId: `cmd_${number}`, requestHash: 'hash' });
    for (let number = 0; number < 2_000; number += 1) await loop.execute(keyed(number));
    for (const again of [loop, loopOn(store)]) {
      expect(await again.execute(keyed(1_000))).toMatchObject({ replayed: true });
      expect(await again.execute({ ...keyed(0), context: { ...keyed(0).context, dryRun: true } })).toMatchObject({
        replayed: false,
      });
    }
  });

  it('refuses a command when the addressed thing has changed meanwhile', async () => {
    const loop = loopOn(inMemoryEventStore());
    await loop.execute(add(1));
    await loop.execute(add(1));
    await expect(loop.execute(add(1, { ifMatch: 0n }))).rejects.toMatchObject({
      code: 'changed-meanwhile',
      details: { revision: 1n },
    });
    await expect(loop.execute({ ...add(1, { ifMatch: 0n }), revisionOf: () => 0n })).resolves.toMatchObject({
      revision: 2n,
    });
  });

  it('writes nothing in a dry run', async () => {
    const store = inMemoryEventStore();
    const loop = loopOn(store);
    expect(await loop.execute(add(2, { dryRun: true }))).toMatchObject({
      changed: true,
      facts: [added(2)],
      events: [],
    });
    expect(await store.head()).toBe(0n);
    expect(await valueIn(loop)).toBe(0);
  });

  it('repeats an append whose outcome is unknown and so writes it once', async () => {
    const store = inMemoryEventStore();
    let broken = 2;
    const flaky: EventStore = {
      ...store,
      append: async (...append) => {
        const done = await store.append(...append);
        if (broken-- > 0) throw new OutcomeUnknown('connection lost');
        return done;
      },
    };
    expect(await loopOn(flaky).execute(add(2))).toMatchObject({ changed: true, revision: 0n });
    expect(await eventsIn(store)).toBe(1);
  });

  it('drops what it decided on events that were never written', async () => {
    const store = inMemoryEventStore();
    const loop = loopOn(failingOnce(store));
    const lost = loop.execute(add(10, {}, 10));
    const refusedOnTheLost = loop.execute(add(1, {}, 10));
    await expect(lost).rejects.toThrow(StoreUnavailable);
    await expect(refusedOnTheLost).resolves.toMatchObject({ revision: 0n });
    expect(await valueIn(loop)).toBe(1);
  });

  it('answers a reader only with what is durable', async () => {
    const store = inMemoryEventStore();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow: EventStore = { ...store, append: async (...append) => (await held, store.append(...append)) };
    const loop = loopOn(slow);
    const command = loop.execute(add(2));
    await new Promise(setImmediate);
    let answered = false;
    const reading = valueIn(loop).then((value) => ((answered = true), value));
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    release();
    expect(await reading).toBe(2);
    await command;
  });

  it('refuses a reader only on what is durable', async () => {
    const store = inMemoryEventStore();
    let fail: (error: Error) => void = () => undefined;
    const failing: EventStore = { ...store, append: () => new Promise((_, reject) => (fail = reject)) };
    const loop = loopOn(failing);
    const lost = loop.execute(add(10));
    await new Promise(setImmediate);
    const looking = loop.read(counter, 'one', ({ value }) => (value > 5 ? refuse('too-much') : value));
    fail(new StoreUnavailable('disk full'));
    await expect(lost).rejects.toThrow(StoreUnavailable);
    expect(await looking).toBe(0);
    await expect(loop.read(counter, 'one', () => refuse('too-little'))).rejects.toMatchObject({ code: 'too-little' });
  });

  it('answers a command sent twice at once with one execution and one repetition, both durable', async () => {
    const store = inMemoryEventStore();
    const loop = loopOn(store);
    const same = { commandId: 'cmd_x', requestHash: 'hash' };
    const [first, second] = await Promise.all([loop.execute(add(2, same)), loop.execute(add(2, same))]);
    expect(first).toMatchObject({ replayed: false, revision: 0n, position: 1n });
    expect(second).toMatchObject({ replayed: true, revision: 0n, position: 1n, events: first.events });
    expect(await eventsIn(store)).toBe(1);
  });

  it('executes a repetition itself when the first one fails', async () => {
    const store = inMemoryEventStore();
    const loop = loopOn(failingOnce(store));
    const same = { commandId: 'cmd_x', requestHash: 'hash' };
    const [first, second] = await Promise.allSettled([loop.execute(add(2, same)), loop.execute(add(2, same))]);
    expect(first).toMatchObject({ status: 'rejected', reason: { name: 'StoreUnavailable' } });
    expect(second).toMatchObject({ status: 'fulfilled', value: { replayed: false, revision: 0n } });
  });

  it('never says that nothing was written when it only knows that for the repetition', async () => {
    const store = inMemoryEventStore();
    let calls = 0;
    const stopping: EventStore = {
      ...store,
      append: async (...append) => {
        calls += 1;
        if (calls > 1) throw new StoreUnavailable('stopped after a failed write');
        await store.append(...append);
        throw new OutcomeUnknown('the commit failed');
      },
    };
    await expect(loopOn(stopping).execute(add(2))).rejects.toThrow(OutcomeUnknown);
    expect(await eventsIn(store)).toBe(1);
  });

  it('tells whoever may not do it nothing of revisions', async () => {
    const loop = loopOn(inMemoryEventStore());
    await loop.execute(add(1));
    await loop.execute(add(1));
    const notAllowed = { ...add(1, { ifMatch: 0n }), decide: () => refuse('not-allowed') };
    await expect(loop.execute(notAllowed)).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(loop.execute(add(0, { ifMatch: 0n }))).rejects.toMatchObject({ code: 'changed-meanwhile' });
  });

  it('writes nothing that its own fold can not take', async () => {
    const store = inMemoryEventStore();
    const loop = loopOn(store);
    await loop.execute(add(1));
    const unfoldable: Decision<Counter> = {
      ...add(1),
      aggregate: {
        ...counter,
        evolve: () => {
          throw new RangeError('a bug');
        },
      },
    };
    await expect(loop.execute(unfoldable)).rejects.toThrow(RangeError);
    expect(await eventsIn(store)).toBe(1);
    expect(await loop.execute(add(1))).toMatchObject({ revision: 1n });
  });

  it('says that it can not confirm when a shared log does not answer', async () => {
    const store = inMemoryEventStore();
    let broken = false;
    const cut: EventStore = {
      ...store,
      readStream: (...asked) => {
        if (broken) throw new StoreUnavailable('no connection');
        return store.readStream(...asked);
      },
    };
    const loop = loopOn(cut, true);
    await loop.execute(add(1));
    broken = true;
    await expect(valueIn(loop)).rejects.toMatchObject({ code: 'cannot-confirm' });
  });

  it('gives up with busy when it keeps losing', async () => {
    const store = inMemoryEventStore();
    const loop = new CommandLoop({ store, types, sealer: openly, patienceMs: 50 });
    const rival: Decision<Counter> = {
      ...add(1),
      decide: async (state) => {
        const expected = state.lastRevision === -1n ? 'no-stream' : state.lastRevision;
        await store.append('counter-one', expected, [
          { id: randomId('evt'), ...added(1), metadata: { schemaVersion: '1' } },
        ]);
        return [added(1)];
      },
    };
    await expect(loop.execute(rival)).rejects.toMatchObject({ code: 'busy' });
  });
});
