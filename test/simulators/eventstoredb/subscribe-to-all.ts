import { send } from './calls.js';
import { type EventLog } from './event-log.js';
import { type Filter } from './filters.js';
import { type AllOptions, type ReadCall } from './read-call.js';
import { caughtUp, checkpoint, confirmation, fellBehind, liveBufferEvents } from './subscription-messages.js';

/** A page of the past holds so many events at most. */
const pageEvents = 32;

/** Sends what lies after a position, then what comes, until the call is over. */
export const subscribeToAll = (
  log: EventLog,
  call: ReadCall,
  options: AllOptions,
  filter: Filter | undefined,
  signal: AbortSignal,
): Promise<void> => {
  const position = options.getPosition();
  const from = position
    ? BigInt(position.getCommitPosition())
    : options.hasEnd()
      ? BigInt(log.index.positionOf(log.readable - 1))
      : 0n;
  return new AllSubscription(log, call, filter, signal, from).run();
};

/** Holds nothing but its place in the log: what a slow consumer has not taken yet stays on disk. */
class AllSubscription {
  readonly #log: EventLog;
  readonly #call: ReadCall;
  readonly #filter: Filter | undefined;
  readonly #signal: AbortSignal;
  /** The number of the event to look at next. */
  #next: number;
  /** The consumer has been told of everything up to this position, by an event or a checkpoint. */
  #toldUpTo: bigint;
  #lastCheckpoint = -1n;

  constructor(log: EventLog, call: ReadCall, filter: Filter | undefined, signal: AbortSignal, from: bigint) {
    this.#log = log;
    this.#call = call;
    this.#filter = filter;
    this.#signal = signal;
    this.#next = log.index.firstFrom(from + 1n);
    this.#toldUpTo = from;
  }

  async run(): Promise<void> {
    await this.#send(confirmation());
    if (this.#next < this.#log.readable) await this.#catchUp();
    for (;;) {
      await this.#send(caughtUp());
      await this.#followLive();
      await this.#send(fellBehind());
      await this.#sendCheckpoint();
      await this.#catchUp();
    }
  }

  async #catchUp(): Promise<void> {
    let pageStart = this.#toldUpTo;
    for (let considered = 0; ; pageStart = this.#positionOf(this.#next)) {
      considered += await this.#sendPage();
      const isAtEnd = this.#next >= this.#log.readable;
      if (isAtEnd || considered >= (this.#filter?.checkpointEvents ?? Infinity)) {
        considered = 0;
        if (this.#toldUpTo < pageStart) this.#toldUpTo = pageStart;
        await this.#sendCheckpoint();
      }
      if (isAtEnd) return;
    }
  }

  /** Returns how many events it looked at. */
  async #sendPage(): Promise<number> {
    const start = this.#next;
    const end = Math.min(this.#log.readable, start + (this.#filter?.windowEvents ?? pageEvents));
    for (let sent = 0; this.#next < end && sent < pageEvents; this.#next += 1) {
      if (!this.#isAskedFor(this.#next)) continue;
      await this.#sendEvent(this.#next);
      sent += 1;
    }
    return this.#next - start;
  }

  /** Returns when the consumer is too slow for it. */
  async #followLive(): Promise<void> {
    for (let considered = 1; ; considered += 1, this.#next += 1) {
      await this.#log.moreThan(this.#next, this.#signal);
      const isSlow = this.#isAskedFor(this.#next) && (await this.#sendEvent(this.#next));
      if (this.#filter && considered % this.#filter.checkpointEvents === 0) {
        this.#toldUpTo = this.#positionOf(this.#next);
        await this.#sendCheckpoint();
      }
      if (isSlow && this.#log.readable - this.#next > liveBufferEvents) {
        this.#next += 1;
        return;
      }
    }
  }

  #isAskedFor(event: number): boolean {
    return this.#filter === undefined || this.#filter.accepts(this.#log.index, event);
  }

  /** True when the consumer had to be waited for. */
  async #sendEvent(event: number): Promise<boolean> {
    const waited = await this.#send(this.#log.message(event));
    this.#toldUpTo = this.#positionOf(event);
    return waited;
  }

  /** Only filtered subscriptions have checkpoints, each later than the one before. */
  async #sendCheckpoint(): Promise<void> {
    if (this.#filter === undefined || this.#toldUpTo <= this.#lastCheckpoint) return;
    this.#lastCheckpoint = this.#toldUpTo;
    await this.#send(checkpoint(this.#toldUpTo));
  }

  #positionOf(event: number): bigint {
    return BigInt(this.#log.index.positionOf(event));
  }

  #send(message: Uint8Array): Promise<boolean> {
    return send(this.#call, message, this.#signal);
  }
}
