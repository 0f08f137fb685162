import { describe, expect, it } from '@jest/globals';
import { altered, type CallerContext, command } from './caller.js';

const context: CallerContext = {
  caller: { kind: 'user', id: 'usr_a', permissions: [] },
  actor: { kind: 'user', id: 'usr_a' },
  commandId: 'cmd_a',
  correlationId: 'test',
  now: '2026-01-01T00:00:00.000Z',
  reason: 'moved',
};

class Rename extends command<{ userId: string; name?: string | undefined; reason?: string | undefined }>() {}
class Register extends command<{ userId: string }>() {}

describe('a command', () => {
  it('has its fields and its context', () => {
    expect(new Rename({ userId: 'usr_b', name: 'Ann' }, context)).toEqual({ ...context, userId: 'usr_b', name: 'Ann' });
  });

  it('keeps what the context says where a field was left out', () => {
    expect(new Rename({ userId: 'usr_b', reason: undefined }, context).reason).toBe('moved');
  });

  it('takes of another command its context only', () => {
    const rename = new Rename({ userId: 'usr_b', name: 'Ann' }, context);
    expect(new Register({ userId: 'usr_c' }, rename)).toEqual({ ...context, userId: 'usr_c' });
  });

  it('stays itself when some fields are changed', () => {
    const rename = altered(new Rename({ userId: 'usr_b', name: 'Ann' }, context), { name: 'Bea' });
    expect(rename).toBeInstanceOf(Rename);
    expect(rename).toMatchObject({ userId: 'usr_b', name: 'Bea', reason: 'moved' });
  });
});
