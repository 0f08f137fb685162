import shared from '@eventstore/db-client/generated/shared_pb.js';
import status from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import { EventEmitter } from 'node:events';
import { eventsOf, newEvent, newEvents, newStream } from '#eventing/contracts/event-store-given.contract.js';
import type { RecordedEvent } from '#eventing/event-store.js';
import { eventstoredbSimulator, type SimulatorServer } from '../../test/servers/simulator-server.js';
import { appendingTo, type Appending } from './appending.js';
import { connectionTo, type Connection, type Link } from './connection.js';
import { eventStoreDb, type EventStoreDb } from './event-store.js';

type Answer = (request: BatchAppendReq) => BatchAppendResp;

/** A connection whose reads are real, and whose appends are answered by a function. */
const answeredBy = (connection: Connection, answer: Answer): Connection => {
  const changed = (link: Link): Link => {
    const service = Object.create(link.streams) as Link['streams'];
    service.batchAppend = (() => {
      const call = new EventEmitter();
      const write = (request: BatchAppendReq): void => {
        call.emit('data', answer(request).setCorrelationId(request.getCorrelationId()));
      };
      return Object.assign(call, { write, end: () => undefined, cancel: () => undefined });
    }) as unknown as typeof service.batchAppend;
    return { ...link, streams: service };
  };
  return { ...connection, link: async () => changed(await connection.link()) };
};

const refused = (kind: string, details: Uint8Array): BatchAppendResp => {
  const packed = new any.Any();
  packed.pack(details, `event_store.client.${kind}`);
  return new streams.BatchAppendResp().setError(new status.Status().setMessage(kind).setDetails(packed));
};

describe('an append that EventStoreDB answers otherwise than hoped for', () => {
  let server: SimulatorServer;
  let store: EventStoreDb;
  let connection: Connection;
  beforeAll(async () => {
    server = await eventstoredbSimulator();
  });
  afterAll(() => server.dispose());
  beforeEach(() => {
    store = eventStoreDb({ connectionString: server.url, categories: ['account'] });
    connection = connectionTo(server.url, 5_000);
  });
  afterEach(async () => {
    connection.close();
    await store.close();
  });
  const appendingWith = (answer: Answer): Appending => appendingTo(answeredBy(connection, answer), () => store.head());
  const conflictAt = (revision: bigint): Answer => {
    const conflict = new shared.WrongExpectedVersion().setCurrentStreamRevision(String(revision));
    return () => refused('WrongExpectedVersion', conflict.serializeBinary());
  };
  const place = (event: RecordedEvent | undefined): unknown => ({
    revision: event?.revision,
    position: event?.position,
  });

  it('is recognised as a repetition by what the stream holds, when the server takes it for a conflict', async () => {
    const stream = newStream();
    const odd = { ...newEvent(), id: 'of another tool' };
    const [first, second] = [[...newEvents(2), odd], newEvents(2)];
    await store.append(stream, 'no-stream', first);
    await store.append(stream, 2n, second);
    const there = await eventsOf(store, stream);
    const { append } = appendingWith(conflictAt(4n));
    expect(await append(stream, 'no-stream', first)).toEqual(place(there[2]));
    expect(await append(stream, 2n, second)).toEqual(place(there[4]));
    expect(await append(stream, 'no-stream', first.slice(0, 1))).toEqual(place(there[0]));
    expect(await append(stream, 'no-stream', [...first, ...second])).toEqual(place(there[4]));

    const others = [first.toReversed(), [...first, newEvent()], [newEvent(), ...first.slice(1)], newEvents(9)];
    for (const events of others) {
      const conflict = { name: 'RevisionConflict', expected: 'no-stream', actual: 4n };
      await expect(append(stream, 'no-stream', events)).rejects.toMatchObject(conflict);
    }
    await expect(append(stream, 7n, newEvents(1))).rejects.toMatchObject({ expected: 7n, actual: 4n });
  });

  it('has an unknown outcome when the stream can not be read then', async () => {
    const stream = newStream();
    await store.append(stream, 'no-stream', newEvents(1));
    const { append } = appendingWith((request) => {
      connection.close();
      return conflictAt(0n)(request);
    });
    await expect(append(stream, 'no-stream', newEvents(1))).rejects.toMatchObject({ name: 'OutcomeUnknown' });
  });

  it('is looked up when the answer lacks its position', async () => {
    const stream = newStream();
    const events = newEvents(2);
    await store.append(stream, 'no-stream', events);
    const { append } = appendingWith(() =>
      new streams.BatchAppendResp().setSuccess(new streams.BatchAppendResp.Success().setCurrentRevision('1')),
    );
    expect(await append(stream, 'no-stream', events)).toEqual(place((await eventsOf(store, stream))[1]));
  });

  it.each([
    ['AccessDenied', 'StoreUnavailable', /lets this user write nothing to account-/],
    ['MaximumAppendSizeExceeded', 'AppendTooLarge', /raise its MaxAppendSize/],
    ['Timeout', 'OutcomeUnknown', /compare the clocks/],
    ['Unknown', 'OutcomeUnknown', /answered: Unknown/],
    ['StreamDeleted', 'StreamTombstoned', /restore the database/],
  ])('says what %s means', async (kind, name, message) => {
    const { append } = appendingWith(() => refused(kind, new Uint8Array()));
    const failed = { name, message: expect.stringMatching(message) };
    await expect(append(newStream(), 'no-stream', newEvents(1))).rejects.toMatchObject(failed);
  });
});
