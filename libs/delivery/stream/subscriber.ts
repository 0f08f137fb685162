import { Readable, type Writable } from 'node:stream';
import { beginning, ended, written } from './server-sent-events.js';

interface SubscriberParts {
  /** The answer that the body is piped into; events are written to it from then on. */
  readonly answer: Writable;
  /** It has all up to here. */
  readonly position: bigint;
  /** One that takes nothing for so long is told `too-slow` and let go of; after twice as long it is cut off. */
  readonly patienceMs: number;
  /** It has room for more. */
  readonly takes: (subscriber: Subscriber) => void;
  readonly gone: (subscriber: Subscriber) => void;
}

/** One client of a stream: is given bytes as long as it takes them. */
export class Subscriber {
  /** Opens and ends the answer. Events go past it: through a pipe, each would cost twice as much. */
  readonly body: Readable;
  position: bigint;
  /** When it was last given something. */
  givenAt = performance.now();
  readonly #answer: Writable;
  readonly #patienceMs: number;
  readonly #takes: (subscriber: Subscriber) => void;
  #state: 'waiting' | 'open' | 'over' = 'waiting';
  #fullSince: number | undefined;

  constructor({ answer, position, patienceMs, takes, gone }: SubscriberParts) {
    this.#answer = answer;
    this.#patienceMs = patienceMs;
    this.#takes = takes;
    this.position = position;
    this.body = new Readable({
      read: () => undefined,
      destroy: (error, done) => {
        this.#state = 'over';
        gone(this);
        done(error);
      },
    });
    answer.once('pipe', () => this.#open());
    answer.on('drain', () => this.#drained());
    answer.once('close', () => this.body.destroy());
  }

  /** Whether it has room for more. */
  isTaking(): boolean {
    return this.#state === 'open' && this.#fullSince === undefined && !this.#answer.destroyed;
  }

  /** Gives what lies up to a position to one that is taking. */
  give(bytes: Buffer, upTo: bigint): void {
    this.passOver(upTo);
    this.givenAt = performance.now();
    if (!this.#answer.write(bytes)) this.#fullSince = this.givenAt;
  }

  /** There is nothing for it up to a position. */
  passOver(upTo: bigint): void {
    if (this.position < upTo) this.position = upTo;
  }

  /** Says why nothing more comes. */
  end(code: string): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.body.push(written(ended(code)));
    this.body.push(null);
  }

  /** Cuts it off when it takes nothing at all. */
  cutOffIfStuck(now: number): void {
    if (this.#fullSince !== undefined && now - this.#fullSince > 2 * this.#patienceMs) this.body.destroy();
  }

  #open(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'open';
    this.give(beginning, this.position);
    if (this.isTaking()) this.#takes(this);
  }

  #drained(): void {
    if (this.#fullSince === undefined) return;
    const waitedMs = performance.now() - this.#fullSince;
    this.#fullSince = undefined;
    if (waitedMs > this.#patienceMs) this.end('too-slow');
    else if (this.isTaking()) this.#takes(this);
  }
}
