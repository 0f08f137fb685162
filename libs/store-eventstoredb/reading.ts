import type { ClientReadableStream } from '@grpc/grpc-js';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { watchCall } from './call-watch.js';
import type { Connection, Link } from './connection.js';
import type { Record } from './events.js';
import { isLinkFault, unavailable } from './faults.js';

/** Makes a read call, which ends when the connection is left; a fault is told by its iteration only. */
export const readCall = (
  { callArguments }: Connection,
  link: Link,
  request: ReadReq,
  to: { readonly requiresLeader: boolean },
): ClientReadableStream<ReadResp> => {
  const call = link.streams.read(request, ...callArguments(to));
  const cancel = (): void => call.cancel();
  link.left.addEventListener('abort', cancel);
  call.on('status', () => link.left.removeEventListener('abort', cancel));
  call.on('error', () => undefined);
  return call;
};

/** What a call answers, within the deadline each; the time that the consumer takes does not count. Ends the call in every case. */
export const answersOf = async function* <Answer>(
  call: ClientReadableStream<Answer>,
  deadlineMs: number,
): AsyncGenerator<Answer> {
  const watch = watchCall(call, deadlineMs);
  try {
    for await (const answer of call as AsyncIterable<Answer>) {
      watch.pause();
      yield answer;
      watch.resume();
    }
  } catch (error) {
    throw watch.reasonOf(error);
  } finally {
    watch.stop();
    call.cancel();
  }
};

const tries = 2;

/**
 * What the leader has committed. A broken connection, or one to a node that leads no more, is replaced once:
 * the next request is asked for then, which goes on where the reader has got to.
 * @throws StoreUnavailable
 * @throws StreamTombstoned
 */
export const readFromLeader = async function* (connection: Connection, request: () => ReadReq): AsyncGenerator<Record> {
  for (let failures = 0; ;) {
    const link = await connection.link();
    try {
      const call = readCall(connection, link, request(), { requiresLeader: true });
      for await (const answer of answersOf(call, connection.deadlineMs)) {
        const record = answer.getEvent()?.getEvent();
        if (record !== undefined) yield record;
      }
      return;
    } catch (error) {
      connection.leave(link, error);
      failures += 1;
      if (failures >= tries || !isLinkFault(error)) throw unavailable(connection.address, error);
    }
  }
};
