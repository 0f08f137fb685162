import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { Subscriber } from './subscriber.js';

/** An answer whose client takes one piece of bytes each time it is told to. */
class Answer extends Writable {
  readonly taken: string[] = [];
  #take: () => void = () => undefined;

  constructor() {
    super({ highWaterMark: 100 });
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: () => void): void {
    this.#take = () => {
      this.taken.push(bytes.toString());
      done();
    };
  }

  /** Takes one after another until there is nothing more. */
  async takeAll(): Promise<string> {
    await new Promise(setImmediate);
    for (let before = -1; this.taken.length > before;) {
      before = this.taken.length;
      const take = this.#take;
      this.#take = () => undefined;
      take();
      await new Promise(setImmediate);
    }
    return this.taken.join('');
  }
}

const subscribed = ({ patienceMs = 60_000 } = {}) => {
  const answer = new Answer();
  const told: string[] = [];
  const subscriber = new Subscriber({
    answer,
    position: 1n,
    patienceMs,
    takes: () => told.push('takes'),
    gone: () => told.push('gone'),
  });
  return { answer, told, subscriber };
};

const bytes = Buffer.from('x'.repeat(60));

describe('a subscriber', () => {
  it('takes what it is given once its answer has begun', async () => {
    const { answer, told, subscriber } = subscribed();
    expect(subscriber.isTaking()).toBe(false);
    subscriber.body.pipe(answer);
    expect(told).toEqual(['takes']);
    subscriber.give(bytes, 2n);
    expect(subscriber.isTaking()).toBe(true);
    expect(subscriber.position).toBe(2n);
    subscriber.passOver(4n);
    subscriber.passOver(3n);
    expect(subscriber.position).toBe(4n);
    expect(await answer.takeAll()).toBe(`retry: 2000\n\n${bytes.toString()}`);
  });

  it('takes no more than it has room for, until its client has taken that', async () => {
    const { answer, told, subscriber } = subscribed();
    subscriber.body.pipe(answer);
    subscriber.give(bytes, 2n);
    subscriber.give(bytes, 3n);
    expect(subscriber.isTaking()).toBe(false);
    await answer.takeAll();
    expect(subscriber.isTaking()).toBe(true);
    expect(told).toEqual(['takes', 'takes']);
  });

  it('is told when it was too slow, and let go of', async () => {
    const { answer, told, subscriber } = subscribed({ patienceMs: 0 });
    subscriber.body.pipe(answer);
    subscriber.give(Buffer.concat([bytes, bytes]), 2n);
    expect(await answer.takeAll()).toMatch(/event: end\ndata: {"code":"too-slow"}\n\n$/);
    await finished(answer);
    expect(told).toEqual(['takes', 'gone']);
  });

  it('is cut off when it takes nothing at all', async () => {
    const { answer, told, subscriber } = subscribed({ patienceMs: 1_000 });
    subscriber.body.pipe(answer);
    subscriber.give(Buffer.concat([bytes, bytes]), 2n);
    subscriber.cutOffIfStuck(performance.now() + 1_000);
    expect(subscriber.body.destroyed).toBe(false);
    subscriber.cutOffIfStuck(performance.now() + 2_001);
    expect(subscriber.body.destroyed).toBe(true);
    await once(subscriber.body, 'close');
    expect(told).toEqual(['takes', 'gone']);
  });

  it('hears the end even if its answer has not begun', async () => {
    const { answer, told, subscriber } = subscribed();
    subscriber.end('server-closing');
    subscriber.end('not-allowed');
    subscriber.body.pipe(answer);
    expect(await answer.takeAll()).toBe('event: end\ndata: {"code":"server-closing"}\n\n');
    await finished(answer);
    expect(told).toEqual(['gone']);
  });

  it('is gone with its client', async () => {
    const { answer, told, subscriber } = subscribed();
    subscriber.body.pipe(answer);
    answer.destroy();
    expect(subscriber.isTaking()).toBe(false);
    await once(answer, 'close');
    expect(told).toEqual(['takes', 'gone']);
  });
});
