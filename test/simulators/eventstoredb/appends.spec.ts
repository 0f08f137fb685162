import { ANY, NO_STREAM, STREAM_EXISTS } from '@eventstore/db-client';
import { afterEach, describe, expect, test } from '@jest/globals';
import { allOf, counted, countedUpTo, endAll, givenClient, givenFolder, givenSimulator } from './given.js';
import { startSimulator } from './start.js';

afterEach(endAll);

const answer = (revision: bigint) => expect.objectContaining({ success: true, nextExpectedRevision: revision });
const conflict = (expectedVersion: unknown, actualVersion: unknown) =>
  expect.objectContaining({ type: 'wrong-expected-version', expectedVersion, actualVersion });

describe('an append that was made before', () => {
  test('has the first answer again, also after later appends', async () => {
    const { client } = await givenSimulator();
    const events = countedUpTo(3);
    const first = await client.appendToStream('a', events, { expectedRevision: NO_STREAM });
    await client.appendToStream('a', counted(4), { expectedRevision: 2n });
    expect(await client.appendToStream('a', events, { expectedRevision: NO_STREAM })).toEqual(first);
    expect(await allOf(client.readStream('a'))).toHaveLength(4);
  });

  test('is known by a prefix of its events', async () => {
    const { client } = await givenSimulator();
    const events = countedUpTo(3);
    await client.appendToStream('a', events, { expectedRevision: NO_STREAM });
    const again = await client.appendToStream('a', events.slice(0, 2), { expectedRevision: NO_STREAM });
    expect(again).toEqual(answer(1n));
  });

  test('is known after a restart', async () => {
    const folder = await givenFolder();
    const before = await startSimulator({ folder });
    const events = countedUpTo(2);
    const client = givenClient(before.url);
    const first = await client.appendToStream('a', events, { expectedRevision: NO_STREAM });
    await before.close();
    const { client: later } = await givenSimulator({ folder });
    expect(await later.appendToStream('a', events, { expectedRevision: NO_STREAM })).toEqual(first);
  });

  test('is a new one at another revision that is right', async () => {
    const { client } = await givenSimulator();
    const event = counted(1);
    await client.appendToStream('a', event, { expectedRevision: NO_STREAM });
    expect(await client.appendToStream('a', event, { expectedRevision: 0n })).toEqual(answer(1n));
    const read = await allOf(client.readStream('a'));
    expect(read.map((resolved) => resolved.event?.id)).toEqual([event.id, event.id]);
  });

  test('conflicts when it has a new event too', async () => {
    const { client } = await givenSimulator();
    const event = counted(1);
    await client.appendToStream('a', event, { expectedRevision: NO_STREAM });
    const longer = client.appendToStream('a', [event, counted(2)], { expectedRevision: NO_STREAM });
    await expect(longer).rejects.toEqual(conflict('no_stream', 0n));
  });

  test('is known at any revision', async () => {
    const { client } = await givenSimulator();
    const event = counted(1);
    const first = await client.appendToStream('a', event, { expectedRevision: ANY });
    await client.appendToStream('a', counted(2), { expectedRevision: ANY });
    expect(await client.appendToStream('a', event, { expectedRevision: ANY })).toEqual(first);
  });
});

describe('an append', () => {
  test('may have an id twice, or one of another stream', async () => {
    const { client } = await givenSimulator();
    const event = counted(1);
    expect(await client.appendToStream('a', [event, event], { expectedRevision: NO_STREAM })).toEqual(answer(1n));
    expect(await client.appendToStream('b', event, { expectedRevision: NO_STREAM })).toEqual(answer(0n));
  });

  test('to a stream that must exist conflicts when there is none', async () => {
    const { client } = await givenSimulator();
    const missing = client.appendToStream('a', counted(1), { expectedRevision: STREAM_EXISTS });
    await expect(missing).rejects.toEqual(conflict('stream_exists', 'no_stream'));
    await client.appendToStream('a', counted(1), { expectedRevision: NO_STREAM });
    expect(await client.appendToStream('a', counted(2), { expectedRevision: STREAM_EXISTS })).toEqual(answer(1n));
  });

  test('of many callers is taken in the order of each', async () => {
    const { client } = await givenSimulator();
    const callers = Array.from({ length: 20 }, async (_, caller) => {
      for (let n = -1n; n < 10n; n += 1n) {
        const expectedRevision = n < 0n ? NO_STREAM : n;
        expect(await client.appendToStream(`s-${caller}`, counted(Number(n)), { expectedRevision })).toEqual(
          answer(n + 1n),
        );
      }
    });
    await Promise.all(callers);
    const positions = (await allOf(client.readAll())).map(({ event }) => event?.position.commit ?? 0n);
    expect(positions).toHaveLength(20 * 11 + 1);
    expect(positions).toEqual([...positions].sort((a, b) => (a < b ? -1 : 1)));
  });

  test('larger than one message of the client comes as one', async () => {
    const { client } = await givenSimulator();
    const options = { expectedRevision: NO_STREAM, batchAppendSize: 500 } as const;
    expect(await client.appendToStream('a', countedUpTo(100), options)).toEqual(answer(99n));
  });
});

describe('a stream that was deleted', () => {
  test('is read from where it was brought back, also after a restart', async () => {
    const folder = await givenFolder();
    const before = await startSimulator({ folder });
    const client = givenClient(before.url);
    await client.appendToStream('a', countedUpTo(2), { expectedRevision: NO_STREAM });
    await client.deleteStream('a', { expectedRevision: 1n });
    await client.appendToStream('a', counted(3), { expectedRevision: NO_STREAM });
    await before.close();
    const { client: later } = await givenSimulator({ folder });
    expect((await allOf(later.readStream('a'))).map(({ event }) => event?.revision)).toEqual([2n]);
  });

  test('is deleted at the right revision only', async () => {
    const { client } = await givenSimulator();
    await client.appendToStream('a', counted(1), { expectedRevision: NO_STREAM });
    await expect(client.deleteStream('a', { expectedRevision: 5n })).rejects.toEqual(conflict(5n, 0n));
    await expect(client.tombstoneStream('a', { expectedRevision: 5n })).rejects.toEqual(conflict(5n, 0n));
  });

  test('cannot be read once it has a tombstone', async () => {
    const { client } = await givenSimulator();
    await client.appendToStream('a', counted(1), { expectedRevision: NO_STREAM });
    await client.tombstoneStream('a');
    await expect(allOf(client.readStream('a'))).rejects.toMatchObject({ type: 'stream-deleted', streamName: 'a' });
  });
});
