import { describe, expect, it } from '@jest/globals';
import { derivedId, randomId } from '#eventing/ids.js';
import { newEvent } from '#eventing/contracts/event-store-given.contract.js';
import { idField, idOf, uuidOf, withIdKept } from './event-id.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe('the UUID of an event', () => {
  it('holds all bits of an id of ours, and nothing else need be kept', () => {
    const ids = [
      ...Array.from({ length: 1_000 }, () => randomId('evt')),
      derivedId('evt', 'seed'),
      `evt_${'7'.repeat(25)}4`,
      `evt_${'a'.repeat(25)}e`,
    ];
    for (const id of ids) {
      expect(uuidOf(id)).toMatch(uuid);
      expect(idOf(uuidOf(id))).toBe(id);
      const event = { ...newEvent(), id };
      expect(withIdKept(event)).toBe(event);
    }
    expect(new Set(ids.map(uuidOf)).size).toBe(ids.length);
    expect(uuidOf(`evt_${'7'.repeat(25)}4`)).toBe('ffffffff-ffff-ffff-ffff-ffffffffffff');
  });

  it.each([
    'evt_short',
    `evt_${'a'.repeat(27)}`,
    `evt_${'A'.repeat(26)}`,
    `acc_${'b'.repeat(25)}a`,
    // A character whose last bits would be lost.
    `evt_${'b'.repeat(25)}b`,
    // The nil UUID, which the server does not take.
    `evt_${'a'.repeat(26)}`,
    '0b0e2d4c-6a5b-4a52-9c52-3f5b0d1f8f11',
    '',
  ])('stands for the id %p, whose text is kept', (id) => {
    expect(uuidOf(id)).toMatch(uuid);
    expect(uuidOf(id)).toBe(uuidOf(id));
    expect(uuidOf(id)).not.toMatch(/^0{8}-/);
    expect(withIdKept({ ...newEvent(), id }).metadata).toEqual({ ...newEvent().metadata, [idField]: id });
  });

  it('refuses metadata that hold the field of the kept id', () => {
    expect(() => withIdKept({ ...newEvent(), metadata: { [idField]: 'x' } })).toThrow(TypeError);
  });
});
