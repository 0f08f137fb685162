import { describe, expect, it } from '@jest/globals';
import { RevisionConflict } from '../event-store.js';
import {
  eventsOf,
  givenStore,
  idsOf,
  newEvent,
  newEvents,
  newStream,
  type OpenEventStore,
} from './event-store-given.contract.js';

export const repeatContract = (open: OpenEventStore): void => {
  describe('an append that is repeated', () => {
    const given = givenStore(open);

    it('gets the original answer and writes nothing, also after later appends and after a restart', async () => {
      const { store, reopen } = given();
      const stream = newStream();
      const [first, second] = [newEvents(2), newEvents(2)];
      const answers = [await store.append(stream, 'no-stream', first), await store.append(stream, 1n, second)];
      await store.append(stream, 3n, newEvents(1));
      for (const again of [() => Promise.resolve(store), reopen]) {
        const opened = await again();
        expect(await opened.append(stream, 'no-stream', first)).toEqual(answers[0]);
        expect(await opened.append(stream, 1n, second)).toEqual(answers[1]);
        expect(await eventsOf(opened, stream)).toHaveLength(5);
      }
    });

    it('is recognised directly after, and while the original is in flight', async () => {
      const { store } = given();
      const stream = newStream();
      const events = newEvents(3);
      const [one, two] = await Promise.all([
        store.append(stream, 'no-stream', events),
        store.append(stream, 'no-stream', events),
      ]);
      expect(two).toEqual(one);
      expect(await store.append(stream, 'no-stream', events)).toEqual(one);
      expect(await eventsOf(store, stream)).toHaveLength(3);
    });

    it('may be a prefix of the original, or reach over several originals', async () => {
      const { store } = given();
      const stream = newStream();
      const [first, second] = [newEvents(3), newEvents(2)];
      await store.append(stream, 'no-stream', first);
      await store.append(stream, 2n, second);
      const there = await eventsOf(store, stream);
      for (const count of [1, 2, 3, 4, 5]) {
        const { revision, position } = await store.append(stream, 'no-stream', [...first, ...second].slice(0, count));
        expect({ revision, position }).toEqual({ revision: BigInt(count - 1), position: there[count - 1]?.position });
      }
      expect(await eventsOf(store, stream)).toEqual(there);
    });

    it('conflicts when it holds a new event, other events or another order', async () => {
      const { store } = given();
      const stream = newStream();
      const events = newEvents(2);
      await store.append(stream, 'no-stream', events);
      await store.append(stream, 1n, newEvents(2));
      const others = [
        [...events, newEvent()],
        [...events, newEvent(), newEvent(), newEvent()],
        [newEvent(), ...events.slice(1)],
        events.toReversed(),
        events.slice(1),
        newEvents(2),
      ];
      for (const other of others) {
        const append = store.append(stream, 'no-stream', other);
        await expect(append).rejects.toMatchObject({ name: 'RevisionConflict', expected: 'no-stream', actual: 3n });
      }
      await expect(store.append(stream, 0n, events)).rejects.toThrow(RevisionConflict);
      expect(await eventsOf(store, stream)).toHaveLength(4);
    });

    it('is a new append at another revision that is right now, and in another stream', async () => {
      const { store } = given();
      const [stream, other] = [newStream(), newStream()];
      const events = newEvents(2);
      await store.append(stream, 'no-stream', events);
      expect(await store.append(stream, 1n, events)).toMatchObject({ revision: 3n });
      expect(await store.append(other, 'no-stream', events)).toMatchObject({ revision: 1n });
      expect(idsOf(await eventsOf(store, stream))).toEqual(idsOf([...events, ...events]));
      expect(idsOf(await eventsOf(store, other))).toEqual(idsOf(events));
    });
  });
};
