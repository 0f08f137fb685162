import type { Readable, Writable } from 'node:stream';
import { StoreUnavailable } from '#eventing/event-store.js';
import { Refusal } from '#eventing/refusal.js';
import { changesAfter } from '#access/queries/access-changes-feed.js';
import type { ChangesScope } from '#access/queries/access-changes-scope.js';
import { writePlace } from '#access/queries/feed-place.js';
import type { LogReading } from '#access/queries/log-reading.js';
import type { AccessChangeRow } from '#access/views/access-changes.js';
import { CurrentScope } from './current-scope.js';
import { written } from './server-sent-events.js';
import { Subscriber } from './subscriber.js';
import type { Tail } from './tail.js';
import { joined, toldChange, type ToldChange } from './told-changes.js';

export interface StreamPace {
  /** A sign of life is sent at the latest `renewMs` after this long. */
  readonly heartbeatMs: number;
  /** The right to follow is looked at again at the latest after this long. */
  readonly renewMs: number;
  /** A subscriber that takes nothing for so long is let go of. */
  readonly patienceMs: number;
}

interface AudienceParts {
  readonly reading: LogReading;
  readonly tail: Tail;
  readonly logId: string;
  /** What each of them gets by today's rights. @throws Refusal once the right is lost */
  readonly scope: () => Promise<ChangesScope>;
  readonly pace: StreamPace;
  /** Nobody follows any more. */
  readonly over: () => void;
}

interface Found {
  readonly changes: readonly ToldChange[];
  readonly upTo: bigint;
}

/** Of what is held, so few that they are given by the rights they were looked at by; of what has to be read, a page. */
const changesAtOnce = 100;
const pageSize = 500;

/** Subscribers with the same credentials and filters: what concerns one of them concerns all, so it is found out once. */
export class Audience {
  readonly #parts: AudienceParts;
  readonly #scope: CurrentScope;
  readonly #subscribers = new Set<Subscriber>();
  /** Those who have all up to the position, and take more. */
  readonly #attending = new Set<Subscriber>();
  readonly #ticking: NodeJS.Timeout;
  #position: bigint;
  #isAdvancing = false;

  constructor(parts: AudienceParts) {
    const { scope, tail, pace } = parts;
    this.#parts = parts;
    this.#scope = new CurrentScope(scope, pace.renewMs);
    this.#position = tail.position;
    this.#ticking = setInterval(() => this.#tick(), pace.renewMs);
  }

  /** Lets in somebody who has all up to a position; gives the body of the answer. */
  join(answer: Writable, position: bigint): Readable {
    const subscriber = new Subscriber({
      answer,
      position,
      patienceMs: this.#parts.pace.patienceMs,
      takes: (one) => void this.#catchUp(one),
      gone: (one) => this.#leave(one),
    });
    this.#subscribers.add(subscriber);
    return subscriber.body;
  }

  /** Gives what has come since to all who attend. */
  async advance(): Promise<void> {
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    await this.#orEnd(async () => {
      try {
        do {
          const { changes, upTo } = await this.#changesAfter(this.#position);
          if (changes.length > 0) this.#giveAll(changes, upTo);
          this.#position = upTo;
        } while (this.#position < this.#parts.tail.position && this.#subscribers.size > 0);
      } finally {
        this.#isAdvancing = false;
      }
    });
  }

  /** Says to all why nothing more comes. */
  end(code: string): void {
    this.#endAll((subscriber) => subscriber.end(code));
  }

  #giveAll(changes: readonly ToldChange[], upTo: bigint): void {
    const bytes = joined(changes);
    for (const subscriber of this.#attending) {
      if (!subscriber.isTaking()) continue;
      if (subscriber.position <= this.#position) subscriber.give(bytes, upTo);
      else this.#giveLacking(subscriber, changes, upTo);
      if (!subscriber.isTaking()) this.#attending.delete(subscriber);
    }
  }

  #giveLacking(subscriber: Subscriber, changes: readonly ToldChange[], upTo: bigint): void {
    const lacking = changes.filter(({ position }) => position > subscriber.position);
    if (lacking.length > 0) subscriber.give(joined(lacking), upTo);
    else subscriber.passOver(upTo);
  }

  /** Gives what somebody lacks, until they attend or take no more. */
  async #catchUp(subscriber: Subscriber): Promise<void> {
    await this.#orEnd(async () => {
      while (subscriber.isTaking() && subscriber.position < this.#position) {
        const { changes, upTo } = await this.#changesAfter(subscriber.position);
        if (subscriber.isTaking()) this.#giveLacking(subscriber, changes, upTo);
      }
      if (subscriber.isTaking()) this.#attending.add(subscriber);
    });
  }

  /** What concerns these subscribers after a position. */
  async #changesAfter(position: bigint): Promise<Found> {
    const { reading, tail, logId } = this.#parts;
    const recent = tail.since(position, changesAtOnce);
    const { rows, upTo } =
      recent === undefined
        ? await changesAfter(reading, await this.#scope.get(), position, pageSize)
        : { rows: recent.rows.map(({ body }) => body as unknown as AccessChangeRow), upTo: recent.upTo };
    const changes: ToldChange[] = [];
    for (const row of rows) if (await (await this.#scope.get()).concerns(row)) changes.push(toldChange(logId, row));
    return { changes, upTo };
  }

  #tick(): void {
    void this.#orEnd(async () => {
      await this.#scope.renew();
    });
    const now = performance.now();
    for (const subscriber of this.#subscribers) {
      subscriber.cutOffIfStuck(now);
      if (subscriber.isTaking() && now - subscriber.givenAt >= this.#parts.pace.heartbeatMs) this.#giveSign(subscriber);
    }
  }

  #giveSign(subscriber: Subscriber): void {
    if (this.#attending.has(subscriber)) subscriber.passOver(this.#position);
    const { position } = subscriber;
    const id = writePlace({ logId: this.#parts.logId, position });
    subscriber.give(written({ event: 'position', id, data: {} }), position);
    if (!subscriber.isTaking()) this.#attending.delete(subscriber);
  }

  /** What goes wrong ends the streams of all, with its code where it was foreseen. */
  async #orEnd(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof Refusal) this.end(error.code);
      else if (error instanceof StoreUnavailable) this.end('unavailable');
      else this.#endAll((subscriber) => subscriber.body.destroy(error as Error));
    }
  }

  #endAll(how: (subscriber: Subscriber) => void): void {
    const all = [...this.#subscribers];
    this.#attending.clear();
    this.#subscribers.clear();
    this.#close();
    all.forEach(how);
  }

  #leave(subscriber: Subscriber): void {
    this.#attending.delete(subscriber);
    if (this.#subscribers.delete(subscriber) && this.#subscribers.size === 0) this.#close();
  }

  #close(): void {
    clearInterval(this.#ticking);
    this.#parts.over();
  }
}
