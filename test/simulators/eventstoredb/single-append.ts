import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { type ServerReadableStream } from '@grpc/grpc-js';
import { type ExpectedRevision, noStream } from './append-rules.js';
import { IncomingAppend, store } from './appends.js';
import { type Node } from './calls.js';
import { type WriteOutcome } from './event-log.js';
import { appendTooLarge, invalidArgument, streamDeleted } from './grpc-errors.js';
import { expectedIn, streamIn } from './write-target.js';

type Request = InstanceType<typeof streams.AppendReq>;
type Answer = InstanceType<typeof streams.AppendResp>;

/** The call for one append, which the client makes when an append has credentials of its own. */
export const append = async (node: Node, call: ServerReadableStream<Request, Answer>): Promise<Answer | undefined> => {
  let incoming: IncomingAppend | undefined;
  for await (const request of call as AsyncIterable<Request>) {
    const options = request.getOptions();
    if (options !== undefined) {
      incoming = new IncomingAppend(streamIn(options), expectedIn(options, options.getRevision()));
    }
    const message = request.getProposedMessage();
    const problem = message && incoming?.add(message);
    if (problem !== undefined) throw invalidArgument(problem);
  }
  if (incoming === undefined) throw invalidArgument('the append has no options');
  if (incoming.isTooLarge) throw appendTooLarge();
  const outcome = await store(node.log, node.faults, incoming, () => node.breakConnection(call.getPeer()));
  if (outcome?.outcome === 'deleted') throw streamDeleted(incoming.stream);
  return outcome && (outcome.outcome === 'success' ? success(outcome) : conflict(incoming.expected, outcome.actual));
};

const success = ({ revision, position }: Extract<WriteOutcome, { outcome: 'success' }>): Answer => {
  const at = new streams.AppendResp.Position().setCommitPosition(String(position)).setPreparePosition(String(position));
  const result = new streams.AppendResp.Success().setPosition(at);
  if (revision === noStream) result.setNoStream(new shared.Empty());
  else result.setCurrentRevision(String(revision));
  return new streams.AppendResp().setSuccess(result);
};

const conflict = (expected: ExpectedRevision, actual: bigint): Answer => {
  const result = new streams.AppendResp.WrongExpectedVersion();
  if (actual === noStream) result.setCurrentNoStream(new shared.Empty());
  else result.setCurrentRevision(String(actual));
  if (expected === 'any') result.setExpectedAny(new shared.Empty());
  else if (expected === 'stream-exists') result.setExpectedStreamExists(new shared.Empty());
  else if (expected === noStream) result.setExpectedNoStream(new shared.Empty());
  else result.setExpectedRevision(String(expected));
  return new streams.AppendResp().setWrongExpectedVersion(result);
};
