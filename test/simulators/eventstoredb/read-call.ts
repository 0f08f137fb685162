import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { type ServerWritableStream } from '@grpc/grpc-js';

export type ReadOptions = InstanceType<typeof streams.ReadReq.Options>;
export type AllOptions = InstanceType<typeof streams.ReadReq.Options.AllOptions>;
export type StreamOptions = InstanceType<typeof streams.ReadReq.Options.StreamOptions>;

/** Answers are sent as bytes: those of events lie ready in the log. */
export type ReadCall = ServerWritableStream<InstanceType<typeof streams.ReadReq>, Uint8Array>;
