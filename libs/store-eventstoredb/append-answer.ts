import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { Status } from '@eventstore/db-client/generated/status_pb.js';
import type { BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import { AppendTooLarge, OutcomeUnknown, StoreUnavailable } from '#eventing/event-store.js';
import { StreamTombstoned } from './faults.js';

/** What the server made of an append. */
export type Decided =
  | { readonly revision: bigint; readonly position: bigint | undefined }
  /** The stream is at another revision, undefined without a stream. */
  | { readonly conflictAt: bigint | undefined };

const kindOf = (status: Status): string => status.getDetails()?.getTypeName() ?? '';

const currentRevision = (status: Status): bigint | undefined => {
  const { WrongExpectedVersion } = shared;
  const conflict = status
    .getDetails()
    ?.unpack((bytes) => WrongExpectedVersion.deserializeBinary(bytes), kindOf(status));
  return conflict?.hasCurrentStreamRevision() === true ? BigInt(conflict.getCurrentStreamRevision()) : undefined;
};

const refusal = (address: string, stream: string, status: Status): Error => {
  switch (kindOf(status)) {
    case 'event_store.client.StreamDeleted':
      return new StreamTombstoned(stream);
    case 'event_store.client.MaximumAppendSizeExceeded':
      return new AppendTooLarge(
        `EventStoreDB at ${address} takes less in one append: raise its MaxAppendSize to 1 MiB`,
      );
    case 'event_store.client.AccessDenied':
      return new StoreUnavailable(`EventStoreDB at ${address} lets this user write nothing to ${stream}`);
    case 'event_store.client.Timeout':
      return new OutcomeUnknown(
        `EventStoreDB at ${address} let the deadline pass; if it goes on, compare the clocks of both machines`,
      );
    default:
      return new OutcomeUnknown(`EventStoreDB at ${address} answered: ${status.getMessage()}`);
  }
};

/**
 * Reads the answer to an append.
 * @throws StreamTombstoned, AppendTooLarge, StoreUnavailable when it was refused, OutcomeUnknown when nobody can say
 */
export const readAppendAnswer = (address: string, stream: string, answer: BatchAppendResp): Decided => {
  const success = answer.getSuccess();
  if (success !== undefined) {
    const position = success.getPosition()?.getCommitPosition();
    return {
      revision: BigInt(success.getCurrentRevision()),
      position: position === undefined ? undefined : BigInt(position),
    };
  }
  const status = answer.getError();
  if (status === undefined) throw new OutcomeUnknown(`EventStoreDB at ${address} answered an append with nothing`);
  if (kindOf(status) === 'event_store.client.WrongExpectedVersion') return { conflictAt: currentRevision(status) };
  throw refusal(address, stream, status);
};
