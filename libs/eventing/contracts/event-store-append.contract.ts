import { describe, expect, it } from '@jest/globals';
import { appendLimits, AppendTooLarge, RevisionConflict, StoreUnavailable } from '../event-store.js';
import {
  eventsOf,
  givenStore,
  idsOf,
  newEvent,
  newEvents,
  newStream,
  patienceMs,
  type OpenEventStore,
} from './event-store-given.contract.js';

const utcTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

export const appendContract = (open: OpenEventStore): void => {
  describe('appending and reading a stream', () => {
    const given = givenStore(open);

    it('gives back what was appended, also after a restart', async () => {
      const { store, reopen } = given();
      const stream = newStream();
      const rich = {
        ...newEvent({
          name: 'Zoë Łukasz 山田 🚀 \u0000 "quoted" \\ \u2028',
          nested: { list: [1, -2.5, 1e21, true, false, null, { deep: [[], {}] }], empty: '' },
        }),
        metadata: { reason: 'né à l’été 🙂', 'odd key.$': '', number: '7' },
      };
      const bare = { ...newEvent(), metadata: {} };
      const appended = await store.append(stream, 'no-stream', [rich, bare]);

      const events = await eventsOf(store, stream);
      expect(events).toEqual(
        [rich, bare].map((event, index) => ({
          ...event,
          stream,
          revision: BigInt(index),
          position: expect.any(BigInt),
          recordedAt: expect.stringMatching(utcTime),
        })),
      );
      expect(events.at(-1)).toMatchObject(appended);
      expect(await eventsOf(await reopen(), stream)).toEqual(events);
    });

    it('keeps what was appended when the caller changes its objects afterwards', async () => {
      const { store } = given();
      const stream = newStream();
      const data = { list: [1] };
      const appending = store.append(stream, 'no-stream', [newEvent(data)]);
      data.list.push(2);
      await appending;
      expect(await eventsOf(store, stream)).toMatchObject([{ data: { list: [1] } }]);
    });

    it('numbers revisions from 0 without a gap, and positions upwards', async () => {
      const { store } = given();
      const stream = newStream();
      const other = newStream();
      const before = await store.head();
      await store.append(stream, 'no-stream', newEvents(2));
      await store.append(other, 'no-stream', newEvents(1));
      await store.append(stream, 1n, newEvents(3));
      const last = await store.append(other, 0n, newEvents(1));

      const events = await eventsOf(store, stream);
      expect(events.map(({ revision }) => revision)).toEqual([0n, 1n, 2n, 3n, 4n]);
      const positions = [before, ...events.map(({ position }) => position), last.position];
      expect(positions).toEqual([...new Set(positions)].sort((one, two) => (one < two ? -1 : 1)));
      expect(last.revision).toBe(1n);
    });

    it('reads from a revision on, and nothing of a missing stream or beyond the end', async () => {
      const { store } = given();
      const stream = newStream();
      const events = newEvents(1_000);
      await store.append(stream, 'no-stream', events);
      await store.append(stream, 999n, newEvents(3));
      expect(idsOf(await eventsOf(store, stream)).slice(0, 1_000)).toEqual(idsOf(events));
      expect((await eventsOf(store, stream, 990n)).map(({ revision }) => revision)[0]).toBe(990n);
      expect(await eventsOf(store, stream, 990n)).toHaveLength(13);
      expect(await eventsOf(store, stream, 1_003n)).toEqual([]);
      expect(await eventsOf(store, newStream())).toEqual([]);
    });

    it('tells the position of the last event as the head', async () => {
      const { store, reopen } = given();
      const before = await store.head();
      const { position } = await store.append(newStream(), 'no-stream', newEvents(2));
      expect(position).toBeGreaterThan(before);
      expect(await store.head()).toBe(position);
      expect(await (await reopen()).head()).toBe(position);
    });

    it('takes the time of a migrated event as its own', async () => {
      const { store } = given();
      const stream = newStream();
      const recordedAt = '2121-03-04T05:06:07.089Z';
      await store.append(stream, 'no-stream', [{ ...newEvent(), metadata: { recordedAt } }]);
      expect(await eventsOf(store, stream)).toMatchObject([{ recordedAt, metadata: { recordedAt } }]);
    });

    it('refuses another revision than the stream is at, naming the actual one', async () => {
      const { store } = given();
      const stream = newStream();
      const conflict = { name: 'RevisionConflict', stream };
      await expect(store.append(stream, 0n, newEvents(1))).rejects.toMatchObject({
        ...conflict,
        expected: 0n,
        actual: 'no-stream',
      });
      await store.append(stream, 'no-stream', newEvents(2));
      for (const expected of ['no-stream', 0n, 2n, 7n] as const) {
        const append = store.append(stream, expected, newEvents(1));
        await expect(append).rejects.toMatchObject({ ...conflict, expected, actual: 1n });
        await expect(append).rejects.toBeInstanceOf(RevisionConflict);
      }
      expect(await eventsOf(store, stream)).toHaveLength(2);
    });

    it('answers an append of nothing with where the stream is, if the revision is right', async () => {
      const { store } = given();
      const stream = newStream();
      await store.append(stream, 'no-stream', newEvents(3));
      const { position: head } = await store.append(newStream(), 'no-stream', newEvents(1));
      const { revision, position } = await store.append(stream, 2n, []);
      expect(revision).toBe(2n);
      expect(position).toBeGreaterThanOrEqual(head);
      for (const wrong of ['no-stream', 1n, 3n] as const) {
        await expect(store.append(stream, wrong, [])).rejects.toMatchObject({ name: 'RevisionConflict', actual: 2n });
      }
      const missing = newStream();
      await expect(store.append(missing, 0n, [])).rejects.toMatchObject({ actual: 'no-stream' });
      await store.append(missing, 'no-stream', []);
      await store.append(missing, 'no-stream', newEvents(1));
      expect(await store.head()).toBe((await eventsOf(store, missing))[0]?.position);
    });

    it(
      'takes an append up to its bound and refuses a larger one whole',
      async () => {
        const { store } = given();
        const stream = newStream();
        await expect(store.append(stream, 'no-stream', newEvents(appendLimits.events + 1))).rejects.toThrow(
          AppendTooLarge,
        );
        const half = 'é'.repeat(appendLimits.bytes / 4);
        const tooMany = [newEvent({ half }), newEvent({ half })];
        await expect(store.append(stream, 'no-stream', tooMany)).rejects.toThrow(AppendTooLarge);
        const tooLong = [newEvent(), newEvent({ text: 'x'.repeat(appendLimits.bytes) })];
        await expect(store.append(stream, 'no-stream', tooLong)).rejects.toThrow(AppendTooLarge);
        expect(await eventsOf(store, stream)).toEqual([]);

        await store.append(stream, 'no-stream', newEvents(appendLimits.events));
        const large = newEvent({ text: 'x'.repeat(appendLimits.bytes - 1_024) });
        await store.append(stream, 999n, [large]);
        expect(await eventsOf(store, stream, 1_000n)).toMatchObject([large]);
      },
      patienceMs,
    );

    it('answers what is in flight before it closes, and takes nothing afterwards', async () => {
      const { store, reopen } = given();
      const streams = Array.from({ length: 20 }, newStream);
      const appends = streams.map((stream) => store.append(stream, 'no-stream', newEvents(2)));
      const settled = Promise.allSettled(appends);
      await store.close();
      const outcomes = await settled;
      await expect(store.append(newStream(), 'no-stream', newEvents(1))).rejects.toThrow(StoreUnavailable);

      const again = await reopen();
      for (const [index, outcome] of outcomes.entries()) {
        const found = await eventsOf(again, streams[index] ?? '');
        if (outcome.status === 'fulfilled') expect(found).toHaveLength(2);
        else {
          const { name } = outcome.reason as Error;
          expect(['StoreUnavailable', 'OutcomeUnknown']).toContain(name);
          expect(name === 'StoreUnavailable' ? [0] : [0, 2]).toContain(found.length);
        }
      }
    });
  });
};
