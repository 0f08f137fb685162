import { randomUUID } from 'node:crypto';
import {
  judgeAppend,
  noRevision,
  writtenEvents,
  type RecordedPlace,
  type WrittenEvent,
} from '#eventing/append-rules.js';
import {
  OutcomeUnknown,
  StoreUnavailable,
  type Appended,
  type ExpectedRevision,
  type NewEvent,
} from '#eventing/event-store.js';
import { Turns } from '#eventing/turns.js';
import { readAppendAnswer } from './append-answer.js';
import { appendCall, type AppendCall } from './append-call.js';
import { appendRequest } from './append-request.js';
import type { Connection } from './connection.js';
import { withIdKept } from './event-id.js';
import { recordedEvent } from './events.js';
import { readForwards, readLast } from './requests.js';
import { readFromLeader } from './reading.js';

/** What is taken before it is written, so that a server that does not answer fills no memory. */
const waitingLimits = { appends: 10_000, bytes: 64 * 1024 * 1024 };

interface Append {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly WrittenEvent[];
  /** When whoever asked has waited long enough, in ms of the clock. */
  readonly until: number;
}

export interface Appending {
  /** See {@link EventStore.append}. @throws StreamTombstoned */
  readonly append: (stream: string, expected: ExpectedRevision, events: readonly NewEvent[]) => Promise<Appended>;
  /** Takes no more; resolves once all that was taken is answered, which the deadline bounds. */
  readonly finish: () => Promise<void>;
}

/** The stream's events from a revision on that stand where these ids are expected, up to the first that differs. */
const placesOf = async (
  connection: Connection,
  stream: string,
  from: bigint,
  ids: readonly string[],
): Promise<readonly RecordedPlace[]> => {
  const places: RecordedPlace[] = [];
  for await (const record of readFromLeader(connection, () => readForwards(stream, from, BigInt(ids.length)))) {
    const event = recordedEvent(record);
    if (event.id !== ids[places.length]) break;
    places.push(event);
  }
  return places;
};

/** Appends through one call at a time, those of one stream one after another. */
export const appendingTo = (connection: Connection, head: () => Promise<bigint>): Appending => {
  const { address, deadlineMs } = connection;
  const turns = new Turns();
  const waiting = new Set<Promise<Appended>>();
  let waitingBytes = 0;
  let isFinishing = false;
  let call: AppendCall | undefined;

  const openCall = async (): Promise<AppendCall> => {
    const link = await connection.link();
    if (call?.isOpen() !== true || call.link !== link) {
      call?.finish();
      call = appendCall(connection, link);
    }
    return call;
  };

  /** A repetition that the server does not recognise any more, or a conflict. */
  const judgeConflict = async ({ stream, expected, events }: Append, actual: bigint): Promise<Appended> => {
    const base = expected === 'no-stream' ? noRevision : expected;
    const ids = events.map(({ id }) => id);
    const places = base < actual ? await placesOf(connection, stream, base + 1n, ids) : [];
    const earlier = judgeAppend(stream, expected, events, actual, () => places);
    // Only when it stands at the revision asked for, which the server has just denied.
    if (earlier === undefined) throw new OutcomeUnknown(`EventStoreDB at ${address} contradicts itself on ${stream}`);
    return earlier;
  };

  const appendEvents = async (append: Append): Promise<Appended> => {
    const { stream, expected, events, until } = append;
    const requireTime = (): void => {
      if (Date.now() < until) return;
      throw new StoreUnavailable(`EventStoreDB at ${address} is too slow: nothing was sent within ${deadlineMs} ms`);
    };
    // Those that waited for their turn as long as that need no connection to be told so.
    requireTime();
    const { send } = await openCall();
    requireTime();
    const correlationId = randomUUID();
    const request = appendRequest(correlationId, {
      stream,
      expected,
      events,
      until: new Date(Date.now() + deadlineMs),
    });
    const decided = readAppendAnswer(address, stream, await send(correlationId, request));
    try {
      if ('conflictAt' in decided) return await judgeConflict(append, decided.conflictAt ?? noRevision);
      const { revision, position } = decided;
      if (position !== undefined) return { revision, position };
      const [place] = await placesOf(
        connection,
        stream,
        revision,
        events.slice(-1).map(({ id }) => id),
      );
      if (place !== undefined) return { revision, position: place.position };
      throw new OutcomeUnknown(`EventStoreDB at ${address} does not show what it appended to ${stream}`);
    } catch (error) {
      // An earlier try may have written what could not be read now.
      throw error instanceof StoreUnavailable ? new OutcomeUnknown(error.message, { cause: error }) : error;
    }
  };

  /** Reads where the stream is. @throws RevisionConflict when that is not where it is expected */
  const appendNothing = async ({ stream, expected }: Append): Promise<Appended> => {
    let revision = noRevision;
    for await (const record of readFromLeader(connection, () => readLast(stream))) {
      revision = BigInt(record.getStreamRevision());
    }
    judgeAppend(stream, expected, [], revision, () => []);
    return { revision, position: await head() };
  };

  const take = async (append: Append): Promise<Appended> => {
    const bytes = append.events.reduce((sum, event) => sum + event.bytes, 0);
    if (waiting.size >= waitingLimits.appends || waitingBytes + bytes > waitingLimits.bytes) {
      throw new StoreUnavailable(`EventStoreDB at ${address} is too slow: ${waiting.size} appends wait already`);
    }
    const isNothing = append.events.length === 0;
    const appended = turns.run(append.stream, () => (isNothing ? appendNothing(append) : appendEvents(append)));
    waiting.add(appended);
    waitingBytes += bytes;
    try {
      return await appended;
    } finally {
      waiting.delete(appended);
      waitingBytes -= bytes;
    }
  };

  return {
    append: async (stream, expected, events) => {
      if (isFinishing) throw new StoreUnavailable(`The event store on ${address} is closed`);
      const written = writtenEvents(events.map(withIdKept));
      return take({ stream, expected, events: written, until: Date.now() + deadlineMs });
    },
    finish: async () => {
      isFinishing = true;
      await Promise.allSettled(waiting);
      call?.finish();
    },
  };
};
