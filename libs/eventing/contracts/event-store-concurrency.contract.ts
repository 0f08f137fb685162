import { describe, expect, it } from '@jest/globals';
import type { Appended, ExpectedRevision } from '../event-store.js';
import {
  eventsOf,
  givenStore,
  idsOf,
  newEvents,
  newStream,
  patienceMs,
  type OpenEventStore,
} from './event-store-given.contract.js';

export const concurrencyContract = (open: OpenEventStore): void => {
  describe('concurrent appends', () => {
    const given = givenStore(open);

    it(
      'on many streams are all kept, each stream in the order issued',
      async () => {
        const { store, reopen } = given();
        const streams = Array.from({ length: 40 }, newStream);
        const rounds = Array.from({ length: 10 }, (_, round) => ({
          expected: round === 0 ? ('no-stream' as const) : BigInt(round * 2 - 1),
          appends: streams.map((stream) => ({ stream, events: newEvents(2) })),
        }));
        const answers: Promise<Appended>[] = rounds.flatMap(({ expected, appends }) =>
          appends.map(({ stream, events }) => store.append(stream, expected, events)),
        );
        const positions = (await Promise.all(answers)).map(({ position }) => position);
        expect(new Set(positions).size).toBe(400);

        const again = await reopen();
        for (const [index, stream] of streams.entries()) {
          const issued = rounds.flatMap(({ appends }) => appends[index]?.events ?? []);
          expect(idsOf(await eventsOf(again, stream))).toEqual(idsOf(issued));
        }
      },
      patienceMs,
    );

    it('of one stream, issued in order without waiting, build on each other', async () => {
      const { store } = given();
      const stream = newStream();
      const sizes = Array.from({ length: 60 }, (_, index) => 1 + (index % 3));
      let next = -1n;
      const appends = sizes.map((size) => {
        const expected: ExpectedRevision = next === -1n ? 'no-stream' : next;
        next += BigInt(size);
        return { revision: next, answer: store.append(stream, expected, newEvents(size)) };
      });
      for (const { revision, answer } of appends) expect(await answer).toMatchObject({ revision });
      expect((await eventsOf(store, stream)).at(-1)?.revision).toBe(next);
    });

    it('at the same revision: exactly one wins', async () => {
      const { store } = given();
      const stream = newStream();
      await store.append(stream, 'no-stream', newEvents(1));
      const racers = Array.from({ length: 20 }, () => newEvents(2));
      const outcomes = await Promise.allSettled(racers.map((events) => store.append(stream, 0n, events)));
      const winners = racers.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected')
          expect(outcome.reason).toMatchObject({ name: 'RevisionConflict', actual: 2n });
      }
      expect(idsOf(await eventsOf(store, stream, 1n))).toEqual(idsOf(winners.flat()));
    });

    it('never fail because another one conflicts or is too large', async () => {
      const { store, reopen } = given();
      const taken = newStream();
      await store.append(taken, 'no-stream', newEvents(1));
      const streams = Array.from({ length: 30 }, newStream);
      const good: Promise<Appended>[] = [];
      const bad: Promise<Appended>[] = [];
      for (const stream of streams) {
        bad.push(store.append(taken, 'no-stream', newEvents(2)));
        good.push(store.append(stream, 'no-stream', newEvents(2)));
        bad.push(store.append(stream, 5n, newEvents(2)), store.append(stream, 1n, newEvents(1_001)));
      }
      const refused = await Promise.allSettled(bad);
      expect(await Promise.all(good)).toHaveLength(30);
      expect(refused.filter(({ status }) => status === 'fulfilled')).toEqual([]);

      const again = await reopen();
      for (const stream of streams) expect(await eventsOf(again, stream)).toHaveLength(2);
      expect(await eventsOf(again, taken)).toHaveLength(1);
    });
  });
};
