/** An event as the log keeps it: what the index needs, and the answer that readers get, ready to send. */
export interface LogRecord {
  readonly stream: string;
  readonly type: string;
  /** 16 bytes. */
  readonly id: Buffer;
  /** The stream's last: nothing is appended to it any more. */
  readonly isTombstone: boolean;
  /** Bytes of a `ReadResp` with this event. */
  readonly message: Uint8Array;
}

/** A record at its place in the file. */
export interface PlacedRecord extends LogRecord {
  /** Of its first byte in the file: the event's position. */
  readonly offset: number;
}

/** What stands before the message: its length, those of both names, the kind, the event's id. */
export const recordHeadBytes = 4 + 2 + 2 + 1 + 16;

/** `[u32 message bytes][u16 stream bytes][u16 type bytes][u8 tombstone][16 id] message stream type`. */
export const recordBytes = ({ stream, type, id, isTombstone, message }: LogRecord): Buffer => {
  const streamBytes = Buffer.byteLength(stream);
  const typeBytes = Buffer.byteLength(type);
  const bytes = Buffer.allocUnsafe(recordHeadBytes + message.length + streamBytes + typeBytes);
  bytes.writeUInt32LE(message.length, 0);
  bytes.writeUInt16LE(streamBytes, 4);
  bytes.writeUInt16LE(typeBytes, 6);
  bytes.writeUInt8(isTombstone ? 1 : 0, 8);
  id.copy(bytes, 9);
  bytes.set(message, recordHeadBytes);
  bytes.write(stream, recordHeadBytes + message.length);
  bytes.write(type, recordHeadBytes + message.length + streamBytes);
  return bytes;
};

/** The records in a frame's body, which starts at `offset` in the file. */
export function* recordsIn(body: Buffer, offset: number): Generator<PlacedRecord> {
  for (let start = 0; start < body.length;) {
    const messageBytes = body.readUInt32LE(start);
    const streamBytes = body.readUInt16LE(start + 4);
    const typeBytes = body.readUInt16LE(start + 6);
    const messageStart = start + recordHeadBytes;
    const streamStart = messageStart + messageBytes;
    const typeStart = streamStart + streamBytes;
    yield {
      offset: offset + start,
      message: body.subarray(messageStart, streamStart),
      stream: body.toString('utf8', streamStart, typeStart),
      type: body.toString('utf8', typeStart, typeStart + typeBytes),
      isTombstone: body.readUInt8(start + 8) === 1,
      id: body.subarray(start + 9, start + recordHeadBytes),
    };
    start = typeStart + typeBytes;
  }
}
