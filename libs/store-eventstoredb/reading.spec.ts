import type { ClientReadableStream } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { DeadlinePassed } from './faults.js';
import { answersOf } from './reading.js';

const deadlineMs = 50;

/** A call that gives these, and then nothing more, not even an end. */
const callWith = (
  ...answers: readonly string[]
): { readonly call: ClientReadableStream<string>; cancelled: number } => {
  const stream = new Readable({ objectMode: true, read: () => undefined });
  for (const answer of answers) stream.push(answer);
  const given = { call: stream as ClientReadableStream<string>, cancelled: 0 };
  given.call.cancel = () => {
    given.cancelled += 1;
    stream.destroy(new Error('1 CANCELLED: Cancelled on client'));
  };
  return given;
};

describe('reading the answers of a call', () => {
  it('ends with the deadline when nothing comes, at the start or later', async () => {
    for (const answers of [[], ['one', 'two']]) {
      const given = callWith(...answers);
      const seen: string[] = [];
      const reading = async (): Promise<void> => {
        for await (const answer of answersOf(given.call, deadlineMs)) seen.push(answer);
      };
      await expect(reading()).rejects.toThrow(DeadlinePassed);
      expect(seen).toEqual(answers);
      expect(given.cancelled).toBeGreaterThan(0);
    }
  });

  it('leaves a consumer its time, and ends the call when that has enough', async () => {
    const given = callWith('one', 'two');
    const seen: string[] = [];
    for await (const answer of answersOf(given.call, deadlineMs)) {
      seen.push(answer);
      // Longer than anybody may wait for the server.
      await wait(3 * deadlineMs);
      expect(given.cancelled).toBe(0);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual(['one', 'two']);
    expect(given.cancelled).toBe(1);
  });
});
