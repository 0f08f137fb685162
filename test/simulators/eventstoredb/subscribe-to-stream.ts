import { send } from './calls.js';
import { type EventLog } from './event-log.js';
import { streamDeleted } from './grpc-errors.js';
import { type ReadCall, type StreamOptions } from './read-call.js';
import { caughtUp, confirmation, fellBehind, liveBufferEvents } from './subscription-messages.js';
import { streamIn } from './write-target.js';

/** Sends a stream's events after a revision, then what comes, until the call or the stream is over. It need not exist yet. */
export const subscribeToStream = async (
  log: EventLog,
  call: ReadCall,
  options: StreamOptions,
  signal: AbortSignal,
): Promise<void> => {
  const name = streamIn(options);
  const atEnd = options.hasEnd() ? (log.index.stream(name)?.events.length ?? 0) : 0;
  let next = options.hasRevision() ? Number(options.getRevision()) + 1 : atEnd;
  await send(call, confirmation(), signal);
  for (let isLive = false; ;) {
    const readable = log.readable;
    const stream = log.index.stream(name);
    if (stream?.isTombstoned) throw streamDeleted(name);
    const isThere = (revision: number): boolean => (stream?.events[revision] ?? Infinity) < log.readable;
    for (; stream && isThere(next); next += 1) {
      if (next < (stream.truncateBefore ?? 0n)) continue;
      const waited = await send(call, log.message(stream.events[next]!), signal);
      if (isLive && waited && isThere(next + liveBufferEvents)) {
        isLive = false;
        await send(call, fellBehind(), signal);
      }
    }
    if (!isLive) await send(call, caughtUp(), signal);
    isLive = true;
    await log.moreThan(readable, signal);
  }
};
