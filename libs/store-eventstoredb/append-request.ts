import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { BatchAppendReq } from '@eventstore/db-client/generated/streams_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import timestamp from 'google-protobuf/google/protobuf/timestamp_pb.js';
import type { WrittenEvent } from '#eventing/append-rules.js';
import type { ExpectedRevision } from '#eventing/event-store.js';
import { proposalOf } from './events.js';

const { BatchAppendReq: Request } = streams;

/** The whole append in one message, to be decided by the server until the deadline. */
export const appendRequest = (
  correlationId: string,
  append: {
    readonly stream: string;
    readonly expected: ExpectedRevision;
    readonly events: readonly WrittenEvent[];
    readonly until: Date;
  },
): BatchAppendReq => {
  const name = new shared.StreamIdentifier().setStreamName(Buffer.from(append.stream).toString('base64'));
  const options = new Request.Options()
    .setStreamIdentifier(name)
    .setDeadline(timestamp.Timestamp.fromDate(append.until));
  if (append.expected === 'no-stream') options.setNoStream(new empty.Empty());
  else options.setStreamPosition(String(append.expected));
  return new Request()
    .setCorrelationId(new shared.UUID().setString(correlationId))
    .setOptions(options)
    .setProposedMessagesList(append.events.map(proposalOf))
    .setIsFinal(true);
};
