import type { ClientReadableStream } from '@grpc/grpc-js';
import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { StoreUnavailable, type FollowBatch, type FollowOptions } from '#eventing/event-store.js';
import { delayMs, pause, type Backoff } from '#eventing/retrying.js';
import { watchCall } from './call-watch.js';
import type { Connection, Link } from './connection.js';
import { positionOf, recordedEvent, type Record } from './events.js';
import { DeadlinePassed, isLinkFault, isServiceFault, unavailable } from './faults.js';
import { followQueue, type FollowQueue } from './follow-queue.js';
import { readCall } from './reading.js';
import { subscribe } from './requests.js';

const backoff: Backoff = { firstMs: 50, maxMs: 1_000 };
const defaultBatchSize = 500;

export interface FollowedLog {
  readonly connection: Connection;
  /** What the names of our streams begin with; the server leaves the others out. */
  readonly prefixes: readonly string[];
  readonly isOurs: (record: Record) => boolean;
  /** Aborted when the store is closed. */
  readonly closed: AbortSignal;
}

const addEvent = (queue: FollowQueue, record: Record, isOurs: FollowedLog['isOurs']): void => {
  if (!isOurs(record)) {
    queue.add({ position: positionOf(record) });
    return;
  }
  const bytes = record.getData_asU8().length + record.getCustomMetadata_asU8().length;
  queue.add({ event: recordedEvent(record), bytes });
};

/** Moves what the server sends into the queue; the call is read no further while that is full, and so the server sends no more. */
const fill = async (
  queue: FollowQueue,
  call: ClientReadableStream<ReadResp>,
  { connection: { deadlineMs }, isOurs }: FollowedLog,
): Promise<void> => {
  const watch = watchCall(call, deadlineMs);
  try {
    for await (const answer of call as AsyncIterable<ReadResp>) {
      // Once confirmed, a subscription may be silent for as long as nothing happens.
      watch.stop();
      const record = answer.getEvent()?.getEvent();
      if (record !== undefined) addEvent(queue, record, isOurs);
      else if (answer.hasCheckpoint()) {
        queue.add({ position: BigInt(answer.getCheckpoint()?.getCommitPosition() ?? 0) });
      } else if (answer.hasCaughtUp()) queue.add({ live: true });
      else if (answer.hasFellBehind()) queue.add({ live: false });
      const room = queue.room();
      if (room !== undefined) await room;
    }
    queue.end(new DeadlinePassed('the server ended the subscription'));
  } catch (error) {
    queue.end(watch.reasonOf(error));
  } finally {
    watch.stop();
  }
};

/** Follows by one subscription. Returns on the signal, throws when the subscription is dropped. */
const followOnce = async function* (
  log: FollowedLog,
  link: Link,
  { after, signal, batchSize = defaultBatchSize }: FollowOptions,
): AsyncGenerator<FollowBatch> {
  const call = readCall(log.connection, link, subscribe(after, log.prefixes), { requiresLeader: false });
  const queue = followQueue(after, Math.max(1, batchSize));
  const isStopped = (): boolean => signal.aborted;
  const stop = (): void => call.cancel();
  signal.addEventListener('abort', stop);
  void fill(queue, call, log);
  try {
    while (!isStopped()) {
      await queue.ready();
      if (isStopped()) return;
      const batch = queue.take();
      if (batch !== undefined) yield batch;
      else queue.throwIfEnded();
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
};

/**
 * See {@link EventStore.follow}. A dropped subscription is opened again behind the last position; until that has caught up,
 * the follower is not live.
 * @throws ForeignEvent
 * @throws StoreUnavailable when the server refuses the subscription
 */
export const followThrough = async function* (log: FollowedLog, options: FollowOptions): AsyncGenerator<FollowBatch> {
  const { connection } = log;
  const signal = AbortSignal.any([options.signal, log.closed]);
  const isStopped = (): boolean => signal.aborted;
  let { after } = options;
  let isLive = false;
  for (let drops = 0; !isStopped(); drops += 1) {
    let link: Link | undefined;
    try {
      link = await connection.link();
      for await (const batch of followOnce(log, link, { ...options, after, signal })) {
        after = batch.position;
        isLive = batch.live;
        drops = 0;
        yield batch;
      }
    } catch (error) {
      if (link !== undefined && isServiceFault(error)) {
        connection.leave(link, error);
        if (!isLinkFault(error)) throw unavailable(connection.address, error);
      } else if (!(error instanceof StoreUnavailable)) throw error;
    }
    if (isStopped()) return;
    if (isLive) {
      isLive = false;
      yield { events: [], position: after, live: false };
    }
    await pause(delayMs(backoff, drops), signal);
  }
};
