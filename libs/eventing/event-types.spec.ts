import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from './event-store.js';
import { type EventTypes, UnknownEventType, upcast } from './event-types.js';

const types: EventTypes = {
  Moved: {
    version: 3,
    upcasters: {
      1: ({ place, ...rest }) => ({ ...rest, to: place }),
      2: (data) => ({ ...data, from: null }),
    },
  },
};
const event = (rest: Partial<RecordedEvent>): RecordedEvent => ({
  id: 'evt_a',
  type: 'Moved',
  stream: 'thing-a',
  revision: 0n,
  position: 1n,
  recordedAt: '2026-01-01T00:00:00.000Z',
  data: {},
  metadata: {},
  ...rest,
});

describe('upcasting', () => {
  it('lifts an old event through every version', () => {
    const lifted = upcast(types, event({ data: { place: 'Rome' }, metadata: { schemaVersion: '1' } }));
    expect(lifted.data).toEqual({ to: 'Rome', from: null });
    expect(lifted.metadata['schemaVersion']).toBe('3');
  });

  it('gives an event of today as it is', () => {
    const today = event({ metadata: { schemaVersion: '3' } });
    expect(upcast(types, today)).toBe(today);
  });

  it('does not guess at types and versions newer than this build', () => {
    expect(() => upcast(types, event({ type: 'Flown' }))).toThrow(UnknownEventType);
    expect(() => upcast(types, event({ metadata: { schemaVersion: '4' } }))).toThrow(UnknownEventType);
  });
});
