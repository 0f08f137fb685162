import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '#eventing/event-store.js';
import type { EventRow } from './event-store-rows.js';
import { logTail } from './event-store-tail.js';

/** Of so many bytes. */
const rowAt = (position: bigint, bytes: number): EventRow => ({
  id: `evt_${position}`,
  type: 'PlanChanged',
  data: JSON.stringify({ plan: 'p'.repeat(bytes - 13) }),
  metadata: '{}',
  stream: 'account-1',
  revision: position,
  position,
  recordedAt: '2026-01-01T00:00:00.000Z',
});

describe('the tail of the log', () => {
  const positions = (events: readonly RecordedEvent[] | undefined) => events?.map(({ position }) => position);

  it('gives what it holds after a position, and tells when it does not reach back', () => {
    const tail = logTail(10n, { events: 3, bytes: 1_000 });
    expect(tail.after(10n, 5)).toEqual([]);
    expect(tail.after(9n, 5)).toBeUndefined();
    for (const position of [11n, 12n, 13n, 14n]) tail.add(rowAt(position, 20));
    expect(tail.after(10n, 5)).toBeUndefined();
    expect(positions(tail.after(11n, 5))).toEqual([12n, 13n, 14n]);
    expect(positions(tail.after(12n, 1))).toEqual([13n]);
    expect(tail.after(14n, 5)).toEqual([]);
    expect(tail.after(99n, 5)).toEqual([]);
  });

  it('holds no more bytes than it may, even of one event', () => {
    const tail = logTail(0n, { events: 10, bytes: 100 });
    for (const position of [1n, 2n, 3n]) tail.add(rowAt(position, 40));
    expect(tail.after(0n, 5)).toBeUndefined();
    expect(positions(tail.after(1n, 5))).toEqual([2n, 3n]);
    tail.add(rowAt(4n, 101));
    expect(tail.after(3n, 5)).toBeUndefined();
    expect(tail.after(4n, 5)).toEqual([]);
    tail.add(rowAt(5n, 20));
    expect(positions(tail.after(4n, 5))).toEqual([5n]);
  });

  it('goes on for ever, and parses an event once for all who read it', () => {
    const tail = logTail(0n, { events: 2, bytes: 1_000 });
    for (let position = 1n; position <= 50n; position += 1n) tail.add(rowAt(position, 20));
    expect(positions(tail.after(48n, 5))).toEqual([49n, 50n]);
    expect(tail.after(48n, 1)?.[0]).toBe(tail.after(48n, 1)?.[0]);
    expect(tail.after(47n, 1)).toBeUndefined();
  });
});
