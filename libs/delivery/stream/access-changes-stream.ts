import { StoreUnavailable } from '#eventing/event-store.js';
import { Refusal } from '#eventing/refusal.js';
import { changesAfter } from '#access/queries/access-changes-feed.js';
import type { ChangesScope } from '#access/queries/access-changes-scope.js';
import { type FeedPlace, writePlace } from '#access/queries/feed-place.js';
import type { LogReading } from '#access/queries/log-reading.js';
import type { AccessChangeRow } from '#access/views/access-changes.js';
import { ended, type ServerSentEvent } from './server-sent-events.js';
import type { Tail } from './tail.js';

export interface StreamPace {
  /** A sign of life is sent at the latest after this long. */
  readonly heartbeatMs: number;
  /** The right to follow is looked at again at the latest after this long. */
  readonly renewMs: number;
}

/** 15 s between signs of life, and a revoked key stops within a second. */
export const streamPace: StreamPace = { heartbeatMs: 14_000, renewMs: 500 };

interface Following {
  readonly reading: LogReading;
  readonly tail: Tail;
  readonly after: FeedPlace;
  /** What the subscriber gets by today's rights. @throws Refusal once the right is lost */
  readonly scope: () => Promise<ChangesScope>;
  /** Aborted once the server closes. */
  readonly closing: AbortSignal;
  /** Aborted once the client is gone. */
  readonly gone: AbortSignal;
  readonly pace?: StreamPace;
}

const pageSize = 500;

const since = (time: number): number => performance.now() - time;

/** The code that a stream ends with for what went wrong; rethrows what nobody foresaw. */
const endCode = (error: unknown): string => {
  if (error instanceof Refusal) return error.code;
  if (error instanceof StoreUnavailable) return 'unavailable';
  throw error;
};

const events = new WeakMap<AccessChangeRow, ServerSentEvent>();

/** The event of a row of this log, the same for all who get it. */
const eventOf = (logId: string, row: AccessChangeRow): ServerSentEvent => {
  const known = events.get(row);
  if (known !== undefined) return known;
  const id = writePlace({ logId, position: BigInt(row.position) });
  const event: ServerSentEvent = { event: row.type, id, data: row };
  events.set(row, event);
  return event;
};

/** Access changes from a place on, for ever: until the server closes, the client goes or the right is lost. */
export const accessChangesStream = async function* (following: Following): AsyncGenerator<ServerSentEvent> {
  const { reading, tail, after, closing, gone, pace = streamPace } = following;
  const { logId } = after;
  const isOver = (): boolean => closing.aborted || gone.aborted;
  let position = after.position;
  let scope: ChangesScope;
  let renewedAt = performance.now();
  let sentAt = performance.now();
  const current = async (): Promise<ChangesScope> => {
    if (since(renewedAt) >= pace.renewMs) {
      scope = await following.scope();
      renewedAt = performance.now();
    }
    return scope;
  };

  try {
    scope = await following.scope();
    while (!isOver()) {
      const recent = tail.since(position);
      const found: { readonly rows: readonly AccessChangeRow[]; readonly upTo: bigint } =
        recent === undefined
          ? await changesAfter(reading, await current(), position, pageSize)
          : { rows: recent.rows.map(({ body }) => body as unknown as AccessChangeRow), upTo: recent.upTo };
      for (const row of found.rows) {
        // The client may have taken long over the one before.
        if (isOver() || !(await (await current()).concerns(row))) continue;
        yield eventOf(logId, row);
        sentAt = performance.now();
      }
      if (isOver()) break;
      const stood = found.upTo === position;
      position = found.upTo;
      await current();
      if (since(sentAt) >= pace.heartbeatMs) {
        yield { event: 'position', id: writePlace({ logId, position }), data: {} };
        sentAt = performance.now();
      }
      const timeoutMs = Math.min(pace.renewMs, Math.max(0, pace.heartbeatMs - since(sentAt)));
      if (stood) await tail.waitFor(position + 1n, { timeoutMs, signal: gone });
    }
    if (!gone.aborted) yield ended('server-closing');
  } catch (error) {
    yield ended(endCode(error));
  }
};
