import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { type ExpectedRevision } from './append-rules.js';

/** EventStoreDB's own errors are told apart by the `exception` key beside the status. */
const grpcError = (code: status, details: string, keys: Readonly<Record<string, string>> = {}): ServiceError => {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(keys)) metadata.set(key, value);
  return Object.assign(new Error(details), { code, details, metadata });
};

export const maxAppendBytes = 1024 * 1024;

export const notLeader = (host: string, port: number) =>
  grpcError(status.NOT_FOUND, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': host,
    'leader-endpoint-port': String(port),
  });

export const unavailable = () => grpcError(status.UNAVAILABLE, 'Server Is Not Ready');

export const unauthenticated = () => grpcError(status.UNAUTHENTICATED, 'Unauthenticated');

export const invalidArgument = (details: string) => grpcError(status.INVALID_ARGUMENT, details);

export const streamDeleted = (stream: string) =>
  grpcError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });

export const appendTooLarge = () =>
  grpcError(status.INVALID_ARGUMENT, `Maximum Append Size of ${maxAppendBytes} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(maxAppendBytes),
  });

export const wrongExpectedVersion = (stream: string, expected: ExpectedRevision, actual: bigint) => {
  const wanted = typeof expected === 'bigint' ? expected : { any: -2n, 'stream-exists': -4n }[expected];
  const details = `Stream: ${stream}, Expected version: ${wanted}, Actual version: ${actual}`;
  return grpcError(status.FAILED_PRECONDITION, `Append failed due to WrongExpectedVersion. ${details}`, {
    exception: 'wrong-expected-version',
    'stream-name': stream,
    'expected-version': String(wanted),
    'actual-version': String(actual),
  });
};
