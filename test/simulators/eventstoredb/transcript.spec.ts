import {
  type AllStreamResolvedEvent,
  type AppendExpectedRevision,
  BACKWARDS,
  END,
  EventStoreDBClient,
  excludeSystemEvents,
  FORWARDS,
  jsonEvent,
  NO_STREAM,
  type Position,
  START,
  streamNameFilter,
} from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { freePort } from '../../servers/test-server.js';
import { endAll, givenSimulator } from './given.js';
import { PositionPairs, recordedOutcomes } from './transcript.js';

const recorded = recordedOutcomes();
const titles = [...(recorded?.keys() ?? ['is not at hand: ../shared/eventstoredb/transcript.json'])];
const isRequired = (process.env['REQUIRE_STORES'] ?? '').split(',').includes('eventstoredb');

const event = (n: number, type = 'AccountOpened') =>
  jsonEvent({
    id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    type,
    data: { n },
    metadata: { $correlationId: 'c1', actor: 'u1' },
  });
const big = (n: number, type: string, letter: string, bytes: number) =>
  jsonEvent({ id: event(n).id, type, data: { x: letter.repeat(bytes) } });
const many = <Event>(count: number, make: (n: number) => Event): Event[] =>
  Array.from({ length: count }, (_, n) => make(n));

/** What the recording kept of an error. */
const failureOf = (error: unknown) => {
  const { type, message, streamName, expectedVersion, actualVersion, code, metadata } = error as Record<
    string,
    unknown
  >;
  return {
    error: (error as Error).constructor.name,
    type,
    ...(type === undefined && { code, metadata }),
    message,
    streamName,
    expected: expectedVersion,
    actual: actualVersion,
  };
};

/** Texts in place of big integers, as they were written down; undefined is left out. */
const asWritten = (outcome: unknown): unknown =>
  JSON.parse(JSON.stringify(outcome, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)));

const place = ({ event }: AllStreamResolvedEvent) => ({
  stream: event?.streamId,
  rev: event?.revision,
  pos: event?.position,
});
const name = ({ event }: AllStreamResolvedEvent) => `${event?.streamId}@${event?.revision}`;

(recorded === undefined && !isRequired ? describe.skip : describe)('what a real EventStoreDB answered', () => {
  let client: EventStoreDBClient;
  /** Of the first event of other-1. */
  let other1: Position;
  const positions = new PositionPairs();

  beforeAll(async () => {
    if (recorded === undefined) throw new Error(`what REQUIRE_STORES asks for ${titles[0]}`);
    ({ client } = await givenSimulator());
  });
  afterAll(endAll);

  const append = (
    stream: string,
    expectedRevision: AppendExpectedRevision,
    events: ReturnType<typeof jsonEvent>[],
    options: { readonly deadline?: number; readonly throwOnAppendFailure?: boolean } = {},
  ) => client.appendToStream(stream, events, { expectedRevision, ...options }).then((answer) => answer, failureOf);
  const all = async <Item, Kept>(items: AsyncIterable<Item>, keep: (item: Item) => Kept): Promise<Kept[]> => {
    const kept = [];
    for await (const item of items) kept.push(keep(item));
    return kept;
  };
  const readStream = (stream: string) =>
    all(client.readStream(stream), ({ event }) => event?.revision).catch(failureOf);

  /** The calls of each scenario, which return what the recording calls its outcome. They are one story, told in order. */
  const scenarios: Readonly<Record<string, () => Promise<unknown>>> = {
    '01': () => append('account-1', NO_STREAM, [event(1), event(2, 'UserInvited')]),
    '02': () => append('account-1', NO_STREAM, [event(1), event(2, 'UserInvited')]),
    '03': () => append('account-1', NO_STREAM, [event(3)]),
    '04': () => append('account-1', 1n, [event(4)]),
    '05': () => append('account-1', 7n, [event(5)]),
    '06': () => append('account-1', 0n, [event(2, 'UserInvited'), event(6)]),
    '07': () => append('account-1', 2n, []),
    '08': () => append('account-1', 9n, []),
    // The option is the client's, not the append's, where it is ignored.
    '09': () => append('account-1', 0n, [event(8)], { throwOnAppendFailure: false }),
    '10': () => append('account-none', 3n, [event(9)]),
    '11': () =>
      all(client.readStream('account-1', { direction: FORWARDS, fromRevision: START, maxCount: 10 }), (resolved) => ({
        rev: resolved.event?.revision,
        type: resolved.event?.type,
        id: resolved.event?.id,
        created: typeof resolved.event?.created,
        isDate: resolved.event?.created instanceof Date,
        position: resolved.event?.position,
        commitPosition: resolved.commitPosition,
        metadata: resolved.event?.metadata,
      })),
    '12': () =>
      all(
        client.readStream('account-1', { direction: BACKWARDS, fromRevision: END, maxCount: 1 }),
        ({ event }) => event?.revision,
      ),
    '13': () => all(client.readStream('account-1', { fromRevision: 50n }), ({ event }) => event?.revision),
    '14': async () => {
      const outcome = await readStream('account-none');
      await append('account-2', NO_STREAM, [event(20)]);
      await append('other-1', NO_STREAM, [event(21, 'Other')]);
      return outcome;
    },
    '15': () =>
      all(client.readAll({ direction: FORWARDS, fromPosition: START, maxCount: 50 }), (resolved) => ({
        ...place(resolved),
        type: resolved.event?.type,
      })),
    '16': async () => {
      const [last] = await all(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }), place);
      other1 = last!.pos!;
      return { stream: last?.stream, pos: last?.pos };
    },
    '17': () => {
      // The client's types know that it takes no filter here.
      const options = {
        fromPosition: START,
        maxCount: 50,
        filter: streamNameFilter({ prefixes: ['account-'] }),
      } as const;
      return all(client.readAll(options), place);
    },
    '18': async () => {
      const outcome: unknown[] = [];
      let checkpoints = 0;
      const filter = streamNameFilter({
        prefixes: ['account-'],
        maxSearchWindow: 32,
        checkpointInterval: 1,
        checkpointReached: (_, checkpoint) => {
          outcome.push({ checkpoint });
          checkpoints += 1;
          if (checkpoints === 4) subscription.emit('all');
          return Promise.resolve();
        },
      });
      const subscription = client
        .subscribeToAll({ fromPosition: START, filter })
        .on('confirmation', (...args: unknown[]) => outcome.push({ confirmation: typeof args[0] }))
        .on('data', (data) => outcome.push({ data: name(data), pos: data.event?.position }));
      subscription.on('caughtUp', () => outcome.push('caughtUp'));
      await once(subscription, 'caughtUp');
      const live = once(subscription, 'data');
      await append('account-2', 0n, [event(30)]);
      await live;
      const last = once(subscription, 'all');
      await append(
        'other-2',
        NO_STREAM,
        many(100, (n) => event(1_000 + n, 'Other')),
      );
      await last;
      await subscription.unsubscribe();
      return outcome;
    },
    '19': async () => {
      const outcome: unknown[] = [];
      const subscription = client
        .subscribeToAll({ fromPosition: other1, filter: excludeSystemEvents() })
        .on('data', (data) => outcome.push({ data: name(data) }));
      await once(subscription, 'caughtUp');
      outcome.push('caughtUp');
      await subscription.unsubscribe();
      return { from: other1, got: outcome.slice(0, 5), n: outcome.length };
    },
    '20': () => all(client.readAll({ direction: FORWARDS, fromPosition: other1, maxCount: 3 }), place),
    '21': () => append('account-big', NO_STREAM, [big(90, 'Big', 'x', 1_100_000)]),
    '22': () =>
      append(
        'account-many',
        NO_STREAM,
        many(3_000, (n) => big(2_000 + n, 'AccessRevoked', 'y', 300)),
      ),
    '23': async () => {
      await client.deleteStream('other-1');
      const read = await readStream('other-1');
      return { read, append: await append('other-1', NO_STREAM, [event(40, 'Other')]) };
    },
    '24': async () => {
      await client.tombstoneStream('other-2');
      return append('other-2', NO_STREAM, [event(41, 'Other')]);
    },
    '25': () => Promise.all([append('account-2', 1n, [event(50)]), append('account-2', 1n, [event(51)])]),
    '26': () => append('account-3', NO_STREAM, [event(60)], { deadline: -10_000 }),
    '27': async () => {
      const nobody = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${await freePort()}?tls=false`);
      const outcome = await nobody.appendToStream('account-4', event(61)).then(() => 'appended', failureOf);
      void nobody.dispose();
      return outcome;
    },
  };

  test('was recorded, and each of its scenarios is replayed', () => {
    expect(titles.map((title) => title.slice(0, 2))).toEqual(Object.keys(scenarios).sort());
  });

  test.each(titles)('%s', async (scenario) => {
    const wanted = comparable(recorded?.get(scenario));
    const got = comparable(asWritten(await scenarios[scenario.slice(0, 2)]?.()));
    expect(positions.translate(got, wanted)).toEqual(wanted);
  });

  test('has its positions in the same order', () => {
    const ours = positions.inRecordedOrder();
    expect(ours.length).toBeGreaterThan(10);
    expect(ours).toEqual([...ours].sort((a, b) => (a < b ? -1 : 1)));
    expect(new Set(ours).size).toBe(ours.length);
  });
});

/** Without what differs from run to run: the port that nobody listens on, and how long that took. */
const comparable = (outcome: unknown): unknown => {
  if (typeof outcome !== 'object' || outcome === null || Array.isArray(outcome)) return outcome;
  const { ms: _, ...kept } = outcome as Record<string, unknown>;
  if (typeof kept['message'] !== 'string') return kept;
  return { ...kept, message: kept['message'].replace(/127\.0\.0\.1:\d+/, '127.0.0.1:…') };
};
