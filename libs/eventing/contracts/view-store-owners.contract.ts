import { describe, expect, it } from '@jest/globals';
import { generationName, type Generation, type RowChange, type ViewStore } from '../view-store.js';
import {
  ascending,
  closes,
  eachOpens,
  opens,
  people,
  scanned,
  type OpenViewStore,
} from './view-store-given.contract.js';

/** An event of the made-up log that the owners fold: adds to a key's rank, or takes the row away. */
interface Happened {
  readonly position: bigint;
  readonly key: string;
  readonly takes: boolean;
}
type Ranks = ReadonlyMap<string, number>;

/** Numbers that look random and are the same at every run (mulberry32). */
const seeded = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
};

/** 60 events on six keys, positions with gaps. */
const happened: readonly Happened[] = (() => {
  const random = seeded(7);
  return Array.from({ length: 60 }, (_, n) => {
    const key = `k${Math.floor(random() * 6)}`;
    return { position: BigInt(n * 3 + 2), key, takes: random() < 0.2 };
  });
})();
const headPosition = happened.at(-1)?.position ?? 0n;

/** What every reader at a position must see. */
const ranksAt = (position: bigint): Ranks => {
  const ranks = new Map<string, number>();
  for (const event of happened.filter((candidate) => candidate.position <= position)) {
    if (event.takes) ranks.delete(event.key);
    else ranks.set(event.key, (ranks.get(event.key) ?? 0) + 1);
  }
  return ranks;
};

/** Folds a batch on the rows as of the checkpoint: one version for each event, never coalesced. */
const foldBatch = async (store: ViewStore, generation: Generation, batch: readonly Happened[], asOf: bigint) => {
  const stood = await store.get(generation, [...new Set(batch.map(({ key }) => key))], asOf);
  const rows = new Map([...stood].map(([key, { from, body }]) => [key, { from, rank: Number(body['rank']) }]));
  return batch.flatMap(({ key, position, takes }): RowChange[] => {
    const row = rows.get(key);
    const rank = (row?.rank ?? 0) + 1;
    if (takes) rows.delete(key);
    else rows.set(key, { from: position, rank });
    return [
      ...(takes ? [] : [opens(key, position, { rank })]),
      ...(row === undefined ? [] : [closes(key, row.from, position)]),
    ];
  });
};

/** A runner of the view that stops for others after each of its steps; its rows land in two writes. */
async function* owner(store: ViewStore, generation: Generation, batchSize: number): AsyncGenerator<string, void> {
  const name = generationName(generation);
  for (;;) {
    const from = await store.checkpoint(name);
    yield 'read the checkpoint';
    const batch = happened.filter(({ position }) => position > from.position).slice(0, batchSize);
    const last = batch.at(-1);
    if (last === undefined) return;
    const changes = await foldBatch(store, generation, batch, from.position);
    yield 'folded';
    const half = Math.ceil(changes.length / 2);
    await store.write(generation, changes.slice(0, half));
    yield 'wrote half';
    await store.write(generation, changes.slice(half));
    yield 'wrote';
    const moved = await store.advance(name, from, { position: last.position, recordedAt: '' });
    yield moved ? 'advanced' : 'lost the race';
  }
}

/** Takes the checkpoint first, then the rows as of it, and expects exactly the state there. */
const expectReaderSeesItsCheckpoint = async (store: ViewStore, generation: Generation): Promise<bigint> => {
  const { position: asOf } = await store.checkpoint(generationName(generation));
  const expected = [...ranksAt(asOf)].sort(([a], [b]) => (a < b ? -1 : 1));
  const listed = await store.list(generation, { asOf, where: [], order: ascending('key'), limit: 100 });
  expect({ asOf, rows: listed.map(({ key, body }) => [key, body['rank']]) }).toEqual({ asOf, rows: expected });
  const got = await store.get(generation, ['k0', 'k1', 'k2', 'k3', 'k4', 'k5'], asOf);
  expect(new Map([...got].map(([key, { body }]) => [key, body['rank']]))).toEqual(new Map(expected));
  expect(await store.count(generation, { asOf, where: [], cap: 100 })).toBe(expected.length);
  return asOf;
};

const finish = async (run: AsyncGenerator<string, void>): Promise<void> => {
  for await (const step of run) expect(step).not.toBe('lost the race');
};

const ownedByOne = async (store: ViewStore): Promise<Generation> => {
  const generation = await store.create('people', 1, people);
  await finish(owner(store, generation, 1));
  return generation;
};

export const ownersContract = (open: OpenViewStore): void => {
  describe('owners', () => {
    const test = eachOpens(open);

    it.each([1, 2, 3, 4, 5])(
      'two of one view with batches of 3 and 7 leave the rows of one (order %d)',
      async (seed) => {
        const one = await ownedByOne(test.store);
        const shared = await test.store.create('people', 1, people);
        await test.store.index(shared);
        const random = seeded(seed);
        let running = [owner(test.store, shared, 3), owner(test.store, shared, 7)];
        const steps = new Map<string, number>();
        while (running.length > 0) {
          const next = running[Math.floor(random() * running.length)];
          const step = await next?.next();
          if (step?.done === true) running = running.filter((other) => other !== next);
          else if (step !== undefined) steps.set(step.value, (steps.get(step.value) ?? 0) + 1);
          await expectReaderSeesItsCheckpoint(test.store, shared);
        }
        expect(steps.get('lost the race')).toBeGreaterThan(0);
        expect(await test.store.checkpoint(generationName(shared))).toEqual({ position: headPosition, recordedAt: '' });
        expect(await scanned(test.store, shared)).toEqual(await scanned(test.store, one));
      },
    );

    it('two at the same time leave the rows of one', async () => {
      const one = await ownedByOne(test.store);
      const shared = await test.store.create('people', 1, people);
      const drain = async (run: AsyncGenerator<string, void>): Promise<void> => {
        for await (const step of run) if (step === 'advanced') await expectReaderSeesItsCheckpoint(test.store, shared);
      };
      await Promise.all([3, 7].map((batchSize) => drain(owner(test.store, shared, batchSize))));
      expect(await scanned(test.store, shared)).toEqual(await scanned(test.store, one));
    });

    it.each(['folded', 'wrote half', 'wrote'])('one killed after it %s does the batch again', async (lastStep) => {
      const one = await ownedByOne(test.store);
      const generation = await test.store.create('people', 1, people);
      const killed = owner(test.store, generation, 7);
      let batches = 0;
      for (let step = await killed.next(); step.done !== true; step = await killed.next()) {
        if (step.value === 'advanced') batches += 1;
        if (batches === 3 && step.value === lastStep) break;
      }
      const before = await expectReaderSeesItsCheckpoint(test.store, generation);
      const reopened = await test.reopen();
      await reopened.open(generation, people);
      expect(await expectReaderSeesItsCheckpoint(reopened, generation)).toBe(before);
      expect(before).toBe(happened[20]?.position);
      await finish(owner(reopened, generation, 5));
      await reopened.open(one, people);
      expect(await scanned(reopened, generation)).toEqual(await scanned(reopened, one));
    });
  });
};
