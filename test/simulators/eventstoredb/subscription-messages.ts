import streams from '@eventstore/db-client/generated/streams_pb.js';
import { randomUUID } from 'node:crypto';

/** An event that is behind by more than this is no longer sent live: the server's buffers hold so many. */
export const liveBufferEvents = 64;

export const confirmation = (): Uint8Array => {
  const id = new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID());
  return new streams.ReadResp().setConfirmation(id).serializeBinary();
};

export const checkpoint = (position: bigint): Uint8Array => {
  const at = new streams.ReadResp.Checkpoint().setCommitPosition(String(position)).setPreparePosition(String(position));
  return new streams.ReadResp().setCheckpoint(at).serializeBinary();
};

export const caughtUp = (): Uint8Array =>
  new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()).serializeBinary();

export const fellBehind = (): Uint8Array =>
  new streams.ReadResp().setFellBehind(new streams.ReadResp.FellBehind()).serializeBinary();
