import codes from '@eventstore/db-client/generated/code_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import statuses from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { type ExpectedRevision, noStream } from './append-rules.js';
import { streamIdentifier } from './event-message.js';
import { maxAppendBytes } from './grpc-errors.js';

/** What an answer is about. */
export interface BatchRequest {
  readonly correlationId: string;
  readonly stream: string;
  readonly expected: ExpectedRevision;
}

export type BatchAnswer = InstanceType<typeof streams.BatchAppendResp>;

const answerTo = ({ correlationId, stream }: BatchRequest): BatchAnswer =>
  new streams.BatchAppendResp()
    .setCorrelationId(new shared.UUID().setString(correlationId))
    .setStreamIdentifier(streamIdentifier(stream));

const failed = (
  request: BatchRequest,
  code: codes.Code,
  message: string,
  details: { serializeBinary(): Uint8Array },
): BatchAnswer => {
  const packed = new any.Any();
  packed.pack(details.serializeBinary(), `event_store.client.${message}`);
  return answerTo(request).setError(new statuses.Status().setCode(code).setMessage(message).setDetails(packed));
};

export const appended = (request: BatchRequest, revision: bigint, position: number): BatchAnswer => {
  const at = new shared.AllStreamPosition().setCommitPosition(String(position)).setPreparePosition(String(position));
  const success = new streams.BatchAppendResp.Success().setPosition(at);
  if (revision === noStream) success.setNoStream(new empty.Empty());
  else success.setCurrentRevision(String(revision));
  return answerTo(request).setSuccess(success);
};

export const conflicted = (request: BatchRequest, actual: bigint): BatchAnswer => {
  const details = new shared.WrongExpectedVersion();
  if (actual === noStream) details.setCurrentNoStream(new empty.Empty());
  else details.setCurrentStreamRevision(String(actual));
  if (request.expected === 'any') details.setExpectedAny(new empty.Empty());
  else if (request.expected === 'stream-exists') details.setExpectedStreamExists(new empty.Empty());
  else if (request.expected === noStream) details.setExpectedNoStream(new empty.Empty());
  else details.setExpectedStreamPosition(String(request.expected));
  return failed(request, codes.Code.ALREADY_EXISTS, 'WrongExpectedVersion', details);
};

export const deleted = (request: BatchRequest): BatchAnswer => {
  const details = new shared.StreamDeleted().setStreamIdentifier(streamIdentifier(request.stream));
  return failed(request, codes.Code.NOT_FOUND, 'StreamDeleted', details);
};

export const tooLarge = (request: BatchRequest): BatchAnswer => {
  const details = new shared.MaximumAppendSizeExceeded().setMaxappendsize(maxAppendBytes);
  return failed(request, codes.Code.INVALID_ARGUMENT, 'MaximumAppendSizeExceeded', details);
};

export const timedOut = (request: BatchRequest): BatchAnswer =>
  failed(request, codes.Code.DEADLINE_EXCEEDED, 'Timeout', new shared.Timeout());

export const badRequest = (request: BatchRequest, message: string): BatchAnswer =>
  failed(request, codes.Code.INVALID_ARGUMENT, 'BadRequest', new shared.BadRequest().setMessage(message));
