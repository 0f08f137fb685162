import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';

/** An event that is to be appended. */
export interface NewEvent {
  /** 16 bytes. */
  readonly id: Buffer;
  readonly type: string;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly metadata: Uint8Array;
}

/** An event with its place in the log, which is what readers are told. */
export interface RecordedEvent extends NewEvent {
  readonly stream: string;
  readonly revision: bigint;
  readonly position: number;
  readonly createdMs: number;
}

/** The bytes of the `ReadResp` that carries an event: made once, sent to every reader. */
export const eventMessage = (event: RecordedEvent): Uint8Array => {
  const position = String(event.position);
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(uuidText(event.id)))
    .setStreamIdentifier(streamIdentifier(event.stream))
    .setStreamRevision(String(event.revision))
    .setPreparePosition(position)
    .setCommitPosition(position)
    .setCustomMetadata(event.metadata)
    .setData(event.body);
  recorded
    .getMetadataMap()
    .set('type', event.type)
    // In ticks of 100 ns.
    .set('created', `${event.createdMs}0000`)
    .set('content-type', event.contentType);
  const resolved = new streams.ReadResp.ReadEvent().setEvent(recorded).setCommitPosition(position);
  return new streams.ReadResp().setEvent(resolved).serializeBinary();
};

/** The event's body in the bytes that {@link eventMessage} made. */
export const bodyIn = (message: Uint8Array): Uint8Array =>
  streams.ReadResp.deserializeBinary(message).getEvent()?.getEvent()?.getData_asU8() ?? new Uint8Array();

export const streamIdentifier = (name: string) => new shared.StreamIdentifier().setStreamName(Buffer.from(name));

/** The 16 bytes of a UUID as the client writes it; undefined when it is none. */
export const uuidBytes = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  return bytes.length === 16 ? bytes : undefined;
};

const uuidText = (id: Buffer): string => {
  const hex = id.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};
