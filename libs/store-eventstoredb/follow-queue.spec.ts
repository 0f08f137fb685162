import { describe, expect, it } from '@jest/globals';
import { newEvent } from '#eventing/contracts/event-store-given.contract.js';
import type { RecordedEvent } from '#eventing/event-store.js';
import { followQueue } from './follow-queue.js';

const at = (position: bigint): RecordedEvent => ({
  ...newEvent(),
  stream: 'account-1',
  revision: 0n,
  position,
  recordedAt: '2026-01-01T00:00:00.000Z',
});
const add = (queue: ReturnType<typeof followQueue>, ...positions: bigint[]): void => {
  for (const position of positions) queue.add({ event: at(position), bytes: 10 });
};

describe('the queue of a follower', () => {
  it('gives batches in order, live only with the last one', () => {
    const queue = followQueue(5n, 2);
    add(queue, 6n, 7n, 9n);
    queue.add({ live: true });
    expect(queue.take()).toMatchObject({ events: [{ position: 6n }, { position: 7n }], position: 7n, live: false });
    expect(queue.take()).toMatchObject({ events: [{ position: 9n }], position: 9n, live: true });
    expect(queue.take()).toBeUndefined();
    add(queue, 12n);
    expect(queue.take()).toMatchObject({ position: 12n, live: true });
    queue.add({ live: false });
    add(queue, 13n);
    expect(queue.take()).toMatchObject({ position: 13n, live: false });
  });

  it('tells that nothing of ours was found, once for many positions', () => {
    const queue = followQueue(5n, 2);
    for (const position of [6n, 7n, 100n]) queue.add({ position });
    expect(queue.take()).toEqual({ events: [], position: 100n, live: false });
    queue.add({ live: true });
    expect(queue.take()).toEqual({ events: [], position: 100n, live: true });
  });

  it('gives nothing twice and no position that goes back', () => {
    const queue = followQueue(5n, 10);
    add(queue, 4n, 5n, 6n, 6n);
    queue.add({ position: 3n });
    expect(queue.take()).toMatchObject({ events: [{ position: 6n }], position: 6n });
  });

  it('has room for two batches and 8 MiB', async () => {
    const queue = followQueue(0n, 2);
    add(queue, 1n, 2n, 3n);
    expect(queue.room()).toBeUndefined();
    add(queue, 4n);
    const room = queue.room();
    expect(room).toBeInstanceOf(Promise);
    queue.take();
    await room;
    expect(queue.room()).toBeUndefined();
    queue.add({ event: at(5n), bytes: 8 * 1024 * 1024 });
    expect(queue.room()).toBeInstanceOf(Promise);
    queue.take();
    queue.take();
    expect(queue.room()).toBeUndefined();
  });

  it('tells why nothing more comes after everything that came', async () => {
    const queue = followQueue(0n, 1);
    add(queue, 1n, 2n);
    queue.end(new Error('dropped'));
    await queue.ready();
    expect(queue.take()).toMatchObject({ position: 1n });
    queue.throwIfEnded();
    expect(queue.take()).toMatchObject({ position: 2n });
    await queue.ready();
    expect(queue.take()).toBeUndefined();
    expect(() => queue.throwIfEnded()).toThrow('dropped');
  });
});
