import { status, type ServiceError } from '@grpc/grpc-js';
import { StoreUnavailable } from '#eventing/event-store.js';

/** Nothing came within the time a call is given. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
}

/** The stream was deleted for good with a tool of EventStoreDB. Grantrail never does that, and can't go on with it. */
export class StreamTombstoned extends Error {
  override readonly name = 'StreamTombstoned';
  constructor(readonly stream: string) {
    super(`${stream} was tombstoned in EventStoreDB: restore the database from a backup`);
  }
}

const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && typeof (error as Partial<ServiceError>).code === 'number';

/** Whether a call failed, as opposed to a program. */
export const isServiceFault = (error: unknown): boolean => error instanceof DeadlinePassed || isServiceError(error);

/** What EventStoreDB calls the fault, such as `not-leader` or `stream-deleted`; empty when the fault is gRPC's own. */
export const exceptionOf = (error: unknown): string => {
  if (!isServiceError(error)) return '';
  const [exception = ''] = (error as Partial<ServiceError>).metadata?.get('exception') ?? [];
  return exception.toString();
};

const answered: readonly status[] = [
  status.UNAUTHENTICATED,
  status.PERMISSION_DENIED,
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.FAILED_PRECONDITION,
  status.UNIMPLEMENTED,
];

/** Whether a new connection, possibly to another node, may help. Otherwise the server understood, and said no. */
export const isLinkFault = (error: unknown): boolean => {
  if (error instanceof DeadlinePassed) return true;
  return isServiceError(error) && (exceptionOf(error) === 'not-leader' || !answered.includes(error.code));
};

const reasonOf = (error: unknown): string => {
  if (!isServiceError(error)) return error instanceof Error ? error.message : String(error);
  if (error.code === status.UNAUTHENTICATED) return 'it does not know the user or the password';
  if (error.code === status.PERMISSION_DENIED || exceptionOf(error) === 'access-denied')
    return 'the user may not read $all or write; it takes the rights of $admins or an ACL that says so';
  if (error.code === status.DEADLINE_EXCEEDED) return 'it did not answer in time';
  if (error.code === status.UNIMPLEMENTED) return 'it does not speak the protocol of EventStoreDB';
  const [, cause] = /Last error: (?:Error: )?(.*?)\.? ?(?:Resolution note|$)/s.exec(error.details) ?? [];
  return cause ?? error.details;
};

/** The fault of a call for whoever uses the store: one line that names the server. */
export const unavailable = (address: string, error: unknown): StoreUnavailable | StreamTombstoned => {
  if (error instanceof StoreUnavailable) return error;
  if (isServiceError(error) && exceptionOf(error) === 'stream-deleted') {
    return new StreamTombstoned(String(error.metadata.get('stream-name')[0] ?? 'A stream'));
  }
  const reason = reasonOf(error).replaceAll(/\s+/g, ' ').trim();
  return new StoreUnavailable(`EventStoreDB at ${address} can't be used: ${reason}`, { cause: error });
};
