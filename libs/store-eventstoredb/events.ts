import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { BatchAppendReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { migratedAtOf, type WrittenEvent } from '#eventing/append-rules.js';
import type { EventMetadata, RecordedEvent } from '#eventing/event-store.js';
import type { JsonObject } from '#eventing/json.js';
import { idField, idOf, uuidOf } from './event-id.js';

const { BatchAppendReq: Request } = streams;
const json = 'application/json';

/** An event as EventStoreDB records it. */
export type Record = ReadResp.ReadEvent.RecordedEvent;

/** The event was written to one of our streams by another program, in a form that can't be ours. */
export class ForeignEvent extends Error {
  override readonly name = 'ForeignEvent';
}

export const proposalOf = ({ id, type, data, metadata }: WrittenEvent): BatchAppendReq.ProposedMessage => {
  const proposal = new Request.ProposedMessage();
  proposal.setId(new shared.UUID().setString(uuidOf(id)));
  proposal.getMetadataMap().set('type', type).set('content-type', json);
  proposal.setData(Buffer.from(data));
  proposal.setCustomMetadata(Buffer.from(metadata));
  return proposal;
};

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();

export const streamOfRecord = (record: Record): string =>
  textOf(record.getStreamIdentifier()?.getStreamName_asU8() ?? new Uint8Array());

/** The commit position: the same as the prepare position, one for each event. */
export const positionOf = (record: Record): bigint => BigInt(record.getCommitPosition());

/** Whether the server itself wrote it, such as the mark of a deletion at the end of one of our streams. */
export const isSystemEvent = (record: Record): boolean => record.getMetadataMap().get('type')?.startsWith('$') ?? false;

/** 100 ns since 1970. */
const createdAtOf = (record: Record): string =>
  new Date(Number(BigInt(record.getMetadataMap().get('created') ?? '0') / 10_000n)).toISOString();

const objectOf = (bytes: Uint8Array): object => {
  const value: unknown = JSON.parse(textOf(bytes));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('not an object');
  return value;
};

const contentsOf = (record: Record): { readonly data: JsonObject; readonly metadata: EventMetadata } => {
  try {
    const metadata = record.getCustomMetadata_asU8();
    return {
      data: objectOf(record.getData_asU8()) as JsonObject,
      metadata: (metadata.length === 0 ? {} : objectOf(metadata)) as EventMetadata,
    };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const place = `${streamOfRecord(record)} at revision ${record.getStreamRevision()}`;
    throw new ForeignEvent(`${place} holds no JSON object: another program wrote it`, { cause: error });
  }
};

/**
 * The event as it was appended.
 * @throws ForeignEvent when it is not JSON
 */
export const recordedEvent = (record: Record): RecordedEvent => {
  const { data, metadata } = contentsOf(record);
  const { [idField]: keptId, ...own } = metadata;
  return {
    id: keptId ?? idOf(record.getId()?.getString() ?? ''),
    type: record.getMetadataMap().get('type') ?? '',
    data,
    metadata: keptId === undefined ? metadata : own,
    stream: streamOfRecord(record),
    revision: BigInt(record.getStreamRevision()),
    position: positionOf(record),
    recordedAt: migratedAtOf(metadata) ?? createdAtOf(record),
  };
};
