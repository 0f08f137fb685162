import streams from '@eventstore/db-client/generated/streams_pb.js';
import { type ServerUnaryCall } from '@grpc/grpc-js';
import { type Node } from './calls.js';
import { type WriteOutcome } from './event-log.js';
import { invalidArgument, streamDeleted, wrongExpectedVersion } from './grpc-errors.js';
import { expectedIn, streamIn, type WriteTarget } from './write-target.js';

type DeleteRequest = InstanceType<typeof streams.DeleteReq>;
type DeleteAnswer = InstanceType<typeof streams.DeleteResp>;
type TombstoneRequest = InstanceType<typeof streams.TombstoneReq>;
type TombstoneAnswer = InstanceType<typeof streams.TombstoneResp>;
type Options = WriteTarget & { getRevision(): string };
type Removal = (stream: string, expected: ReturnType<typeof expectedIn>) => WriteOutcome;

export const softDelete = async (
  { log }: Node,
  { request }: ServerUnaryCall<DeleteRequest, DeleteAnswer>,
): Promise<DeleteAnswer> => {
  const position = await removed(request.getOptions(), (stream, expected) => log.softDelete(stream, expected));
  const at = new streams.DeleteResp.Position().setCommitPosition(position).setPreparePosition(position);
  return new streams.DeleteResp().setPosition(at);
};

export const tombstone = async (
  { log }: Node,
  { request }: ServerUnaryCall<TombstoneRequest, TombstoneAnswer>,
): Promise<TombstoneAnswer> => {
  const position = await removed(request.getOptions(), (stream, expected) => log.tombstone(stream, expected));
  const at = new streams.TombstoneResp.Position().setCommitPosition(position).setPreparePosition(position);
  return new streams.TombstoneResp().setPosition(at);
};

/** The position of what says so in the log, once it is on disk. */
const removed = async (options: Options | undefined, remove: Removal): Promise<string> => {
  if (options === undefined) throw invalidArgument('the call has no options');
  const [stream, expected] = [streamIn(options), expectedIn(options, options.getRevision())];
  const outcome = remove(stream, expected);
  if (outcome.outcome === 'deleted') throw streamDeleted(stream);
  if (outcome.outcome === 'wrong-expected-version') throw wrongExpectedVersion(stream, expected, outcome.actual);
  await outcome.onDisk;
  return String(outcome.position);
};
