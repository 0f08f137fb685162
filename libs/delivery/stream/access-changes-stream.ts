import type { Readable, Writable } from 'node:stream';
import { accessChanges } from '#access/queries/access-changes-feed.js';
import type { ChangesScope } from '#access/queries/access-changes-scope.js';
import type { FeedPlace } from '#access/queries/feed-place.js';
import type { LogReading } from '#access/queries/log-reading.js';
import { Audience, type StreamPace } from './audience.js';
import { Tail } from './tail.js';

/** Less than 15 s between signs of life, and a revoked key stops within a second. */
export const streamPace: StreamPace = { heartbeatMs: 14_000, renewMs: 500, patienceMs: 10_000 };

interface StreamParts {
  readonly reading: LogReading;
  /** Aborted once the server closes. */
  readonly closing: AbortSignal;
  readonly pace?: StreamPace;
}

interface Following {
  readonly answer: Writable;
  readonly after: FeedPlace;
  /** The same for those who get the same. */
  readonly audience: string;
  /** What they get by today's rights. @throws Refusal once the right is lost */
  readonly scope: () => Promise<ChangesScope>;
}

/** Access changes as they come, for ever: until the server closes, the client goes or the right is lost. */
export class AccessChangesStream {
  readonly #parts: StreamParts;
  readonly #tail: Tail;
  readonly #audiences = new Map<string, Audience>();

  constructor(parts: StreamParts) {
    const { reading, closing } = parts;
    this.#parts = parts;
    const looked = (): void => {
      for (const audience of this.#audiences.values()) void audience.advance();
    };
    this.#tail = new Tail({
      view: accessChanges,
      views: reading.views,
      reader: reading.reader,
      signal: closing,
      looked,
    });
    closing.addEventListener('abort', () => this.#endAll());
  }

  /** The body of the answer to somebody who follows from a place on. */
  follow({ answer, after, audience: name, scope }: Following): Readable {
    const { reading, closing, pace = streamPace } = this.#parts;
    this.#tail.start();
    const over = (): void => {
      if (this.#audiences.get(name) === audience) this.#audiences.delete(name);
    };
    const audience =
      this.#audiences.get(name) ?? new Audience({ reading, tail: this.#tail, logId: after.logId, scope, pace, over });
    this.#audiences.set(name, audience);
    const body = audience.join(answer, after.position);
    if (closing.aborted) this.#endAll();
    return body;
  }

  #endAll(): void {
    for (const audience of this.#audiences.values()) audience.end('server-closing');
  }
}
