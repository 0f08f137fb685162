import { describe, expect, it } from '@jest/globals';
import type { Aggregate, Fact } from './aggregate.js';
import { CommandLoop, type Decision } from './command-loop.js';
import type { EventSealer } from './event-sealer.js';
import { AppendTooLarge, type EventStore, OutcomeUnknown } from './event-store.js';
import { inMemoryEventStore } from './in-memory/event-store.js';
import { refuse } from './refusal.js';

interface Tally {
  sum: number;
}

const tally: Aggregate<Tally> = {
  category: 'tally',
  initial: () => ({ sum: 0 }),
  evolve: (state, event) => {
    state.sum += event.data['by'] as number;
    return state;
  },
};
const types = { Counted: { version: 1 } };
const openly: EventSealer = { seal: (_, event) => Promise.resolve(event), open: (event) => Promise.resolve(event) };

/** Numbers that look random and come again with the same seed (mulberry32). */
const randomOf = (seed: number) => (): number => {
  let t = (seed += 0x6d2b79f5);
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};

/** The log as a process far from it has it: calls of one stream in order, answers late, some never. */
const farFrom = (
  store: EventStore,
  random: () => number,
  fault: 'unknown outcome' | 'refused by size' | 'none',
): EventStore => {
  const ticks = async (): Promise<void> => {
    for (let left = Math.floor(random() * 6); left > 0; left -= 1) await new Promise(setImmediate);
  };
  const calls = new Map<string, Promise<unknown>>();
  return {
    ...store,
    append: async (stream, expected, events) => {
      const chance = random();
      if (fault === 'refused by size' && chance < 0.1) throw new AppendTooLarge('too large');
      const call = (calls.get(stream) ?? Promise.resolve()).then(ticks);
      calls.set(stream, call);
      await call;
      if (fault === 'unknown outcome' && chance < 0.05) throw new OutcomeUnknown('lost on the way');
      const appended = store.append(stream, expected, events);
      // Whoever asks next must not find out before this process.
      await appended.then(ticks, ticks);
      if (fault === 'unknown outcome' && chance > 0.95) throw new OutcomeUnknown('lost on the way back');
      return appended;
    },
    readStream: async function* (stream, from) {
      await ticks();
      yield* store.readStream(stream, from);
    },
  };
};

const limit = 60;

/** Adds one, telling the sum it was decided on, up to the limit. */
const count = (id: string, key: string, random: () => number): Decision<Tally> => ({
  aggregate: tally,
  id,
  context: {
    commandId: `cmd_${key}`,
    requestHash: key,
    actor: { kind: 'system', id: 'test' },
    now: '2026-01-01T00:00:00.000Z',
    correlationId: 'test',
  },
  decide: async ({ sum }): Promise<readonly Fact[]> => {
    if (random() < 0.3) await new Promise(setImmediate);
    return sum >= limit ? refuse('over-limit') : [{ type: 'Counted', data: { by: 1, after: sum + 1 } }];
  },
});

describe.each([
  ['three processes on one log', 3, 'unknown outcome'],
  ['one process whose appends are sometimes refused', 1, 'refused by size'],
  ['one process with more streams than it keeps', 1, 'none'],
] as const)('commands racing: %s', (_, processes, fault) => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'decides each on what it was written to, and once (seed %i)',
    async (seed) => {
      const random = randomOf(seed);
      const store = inMemoryEventStore();
      const loops = Array.from(
        { length: processes },
        () =>
          new CommandLoop({
            store: farFrom(store, random, fault),
            types,
            sealer: openly,
            sharedLog: processes > 1,
            cachedStreams: 2,
            patienceMs: 20_000,
          }),
      );
      const anyLoop = (): CommandLoop => loops[Math.floor(random() * loops.length)]!;
      const ids = Array.from({ length: 4 }, (__, n) => `t${n}`);
      const acknowledged = new Map(ids.map((id) => [id, 0]));
      const positions = new Map<string, Set<bigint>>();
      const refusedEarly: string[] = [];

      const command = async (id: string, key: string): Promise<void> => {
        try {
          const { position } = await anyLoop().execute(count(id, key, random));
          positions.set(key, (positions.get(key) ?? new Set()).add(position));
        } catch (error) {
          if (error instanceof AppendTooLarge) return;
          const known = [...positions].filter(([other]) => other.startsWith(`${id} `)).length;
          if (!(error instanceof Error && error.message.includes('over-limit')) || known > limit) throw error;
          let events = 0;
          for await (const __ of store.readStream(`tally-${id}`)) events += 1;
          if (events < limit) refusedEarly.push(`${key} at ${events}`);
        }
      };
      const read = async (id: string): Promise<void> => {
        const atLeast = acknowledged.get(id)!;
        const seen = await anyLoop().read(tally, id, ({ sum }) => sum);
        // What was acknowledged before the question is in the answer, and the answer is durable.
        expect(seen).toBeGreaterThanOrEqual(atLeast);
        let durable = 0;
        for await (const __ of store.readStream(`tally-${id}`)) durable += 1;
        expect(durable).toBeGreaterThanOrEqual(seen);
      };
      const client = async (n: number): Promise<void> => {
        for (let step = 0; step < 60; step += 1) {
          const id = ids[Math.floor(random() * ids.length)]!;
          if (random() < 0.4) await read(id);
          else {
            const key = `${id} ${n} ${step}`;
            // Some are sent twice at once, as a client does that lost patience.
            await Promise.all(Array.from({ length: random() < 0.3 ? 2 : 1 }, () => command(id, key)));
            const done = [...positions.keys()].filter((other) => other.startsWith(`${id} `)).length;
            acknowledged.set(id, Math.max(acknowledged.get(id)!, done));
          }
        }
      };
      await Promise.all(Array.from({ length: 12 }, (__, n) => client(n)));

      expect(refusedEarly).toEqual([]);
      for (const id of ids) {
        const sums: unknown[] = [];
        const commandIds: unknown[] = [];
        for await (const { data, metadata } of store.readStream(`tally-${id}`)) {
          sums.push(data['after']);
          commandIds.push(metadata['commandId']);
        }
        expect(sums).toEqual(sums.map((__, index) => index + 1));
        expect(sums.length).toBeLessThanOrEqual(limit);
        expect(new Set(commandIds).size).toBe(commandIds.length);
      }
      // Asked twice, answered twice the same.
      expect([...positions].filter(([, found]) => found.size > 1)).toEqual([]);
    },
    30_000,
  );
});
