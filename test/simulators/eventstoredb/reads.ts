import streams from '@eventstore/db-client/generated/streams_pb.js';
import { type Node, openCall, refusal, send } from './calls.js';
import { type EventLog } from './event-log.js';
import { streamIdentifier } from './event-message.js';
import { filterIn } from './filters.js';
import { invalidArgument, streamDeleted } from './grpc-errors.js';
import { type AllOptions, type ReadCall, type ReadOptions, type StreamOptions } from './read-call.js';
import { subscribeToAll } from './subscribe-to-all.js';
import { subscribeToStream } from './subscribe-to-stream.js';
import { streamIn } from './write-target.js';

/** Reads and subscriptions, both of a stream and of all. */
export const read = (node: Node) => (call: ReadCall) => {
  const refused = refusal(node, call.metadata);
  if (refused !== undefined) return void call.emit('error', refused);
  const signal = openCall(node, call);
  answer(node.log, call, signal).then(
    () => call.end(),
    (error: unknown) => signal.aborted || call.emit('error', error),
  );
};

const answer = async (log: EventLog, call: ReadCall, signal: AbortSignal): Promise<void> => {
  const options = call.request.getOptions() ?? new streams.ReadReq.Options();
  const stream = options.getStream();
  const all = options.getAll();
  if (options.hasSubscription()) {
    if (stream) return subscribeToStream(log, call, stream, signal);
    if (all) return subscribeToAll(log, call, all, filterIn(options), signal);
  } else {
    if (stream) return readStream(log, call, options, stream, signal);
    if (all) return readAll(log, call, options, all, signal);
  }
  throw invalidArgument('the read names neither a stream nor all');
};

/** Forwards from a position on, backwards from before it. */
const readAll = async (
  log: EventLog,
  call: ReadCall,
  options: ReadOptions,
  all: AllOptions,
  signal: AbortSignal,
): Promise<void> => {
  if (options.hasFilter()) throw invalidArgument('the simulator filters subscriptions only');
  const position = all.getPosition();
  const atEnd = all.hasEnd() ? log.readable : 0;
  const from = position ? log.index.firstFrom(BigInt(position.getCommitPosition())) : atEnd;
  const limit = Number(options.getCount());
  const isBackwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
  for (let sent = 0; sent < limit; sent += 1) {
    const event = isBackwards ? Math.min(from, log.readable) - 1 - sent : from + sent;
    if (event < 0 || event >= log.readable) return;
    await send(call, log.message(event), signal);
  }
};

const readStream = async (
  log: EventLog,
  call: ReadCall,
  options: ReadOptions,
  target: StreamOptions,
  signal: AbortSignal,
): Promise<void> => {
  const name = streamIn(target);
  const stream = log.index.stream(name);
  if (stream?.isTombstoned) throw streamDeleted(name);
  if (stream === undefined || stream.isSoftDeleted || (stream.events[0] ?? Infinity) >= log.readable) {
    const missing = new streams.ReadResp.StreamNotFound().setStreamIdentifier(streamIdentifier(name));
    await send(call, new streams.ReadResp().setStreamNotFound(missing).serializeBinary(), signal);
    return;
  }
  const isBackwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
  const last = stream.events.findLastIndex((event) => event < log.readable);
  const atEnd = target.hasEnd() ? (isBackwards ? last : last + 1) : 0;
  const from = target.hasRevision() ? Number(target.getRevision()) : atEnd;
  const first = Number(stream.truncateBefore ?? 0n);
  const start = isBackwards ? Math.min(from, last) : Math.max(from, first);
  const limit = Number(options.getCount());
  for (let sent = 0; sent < limit; sent += 1) {
    const revision = isBackwards ? start - sent : start + sent;
    const event = stream.events[revision];
    if (event === undefined || event >= log.readable || revision < first) return;
    await send(call, log.message(event), signal);
  }
};
