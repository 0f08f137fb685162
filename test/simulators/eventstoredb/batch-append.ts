import { type ServerDuplexStream } from '@grpc/grpc-js';
import { setTimeout as wait } from 'node:timers/promises';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { IncomingAppend, store } from './appends.js';
import {
  appended,
  badRequest,
  type BatchAnswer,
  type BatchRequest,
  conflicted,
  deleted,
  timedOut,
  tooLarge,
} from './batch-answers.js';
import { type Node, openCall, refusal } from './calls.js';
import { expectedIn, streamIn } from './write-target.js';

type Request = InstanceType<typeof streams.BatchAppendReq>;
type Options = InstanceType<typeof streams.BatchAppendReq.Options>;
type Call = ServerDuplexStream<Request, BatchAnswer>;

/** An append whose messages are not all here yet. */
interface Pending extends BatchRequest {
  readonly append: IncomingAppend;
  readonly deadlineMs: number;
}

/** Takes appends one after the other on one long call; answers come as they are ready, told apart by correlation id. */
export const batchAppend = (node: Node) => (call: Call) => {
  const signal = openCall(node, call);
  const pending = new Map<string, Pending>();

  const answer = (message: BatchAnswer): void => {
    if (signal.aborted || call.write(message)) return;
    // Whoever does not take its answers sends no more appends.
    call.pause();
    call.once('drain', () => call.resume());
  };

  const take = (request: Request): void => {
    const correlationId = request.getCorrelationId()?.getString() ?? '';
    const options = request.getOptions();
    if (options !== undefined) pending.set(correlationId, pendingFrom(correlationId, options));
    const current = pending.get(correlationId);
    if (current === undefined) return;
    const refused = add(current, request);
    if (refused !== undefined || request.getIsFinal()) pending.delete(correlationId);
    if (refused !== undefined) answer(refused);
    else if (request.getIsFinal()) {
      settle(node, call, current).then(
        (message) => message && answer(message),
        (error: unknown) => call.emit('error', error),
      );
    }
  };

  call.on('data', (request: Request) => {
    // Asked for each: the call may be older than what refuses it.
    const refused = refusal(node, call.metadata);
    if (refused === undefined) take(request);
    else call.emit('error', refused);
  });
  call.on('end', () => call.end());
};

const pendingFrom = (correlationId: string, options: Options): Pending => {
  const stream = streamIn(options);
  const expected = expectedIn(options, options.getStreamPosition());
  const deadline = options.getDeadline();
  const deadlineMs = deadline ? deadline.getSeconds() * 1_000 + deadline.getNanos() / 1_000_000 : Infinity;
  return { correlationId, stream, expected, append: new IncomingAppend(stream, expected), deadlineMs };
};

/** Takes a message's events into the append; the answer that refuses it, if one does. */
const add = (pending: Pending, request: Request): BatchAnswer | undefined => {
  if (pending.deadlineMs <= Date.now()) return timedOut(pending);
  for (const message of request.getProposedMessagesList()) {
    const problem = pending.append.add(message);
    if (problem !== undefined) return badRequest(pending, problem);
  }
  return pending.append.isTooLarge ? tooLarge(pending) : undefined;
};

/** Undefined when the connection was broken instead. */
const settle = async (node: Node, call: Call, pending: Pending): Promise<BatchAnswer | undefined> => {
  const outcome = await store(node.log, node.faults, pending.append, () => node.breakConnection(call.getPeer()));
  if (outcome === undefined) return undefined;
  const leftMs = pending.deadlineMs - Date.now();
  const delayMs = node.faults.answerDelayMs;
  if (delayMs > 0) await wait(Math.min(delayMs, leftMs));
  if (delayMs > leftMs) return timedOut(pending);
  switch (outcome.outcome) {
    case 'success':
      return appended(pending, outcome.revision, outcome.position);
    case 'wrong-expected-version':
      return conflicted(pending, outcome.actual);
    case 'deleted':
      return deleted(pending);
  }
};
