import { EventStoreDBClient, jsonEvent, NO_STREAM, START, streamNameFilter } from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type SimulatorServer, eventstoredbSimulator } from '../../servers/eventstoredb.js';

describe('a simulator that is killed', () => {
  let server: SimulatorServer;
  beforeAll(async () => {
    server = await eventstoredbSimulator();
  });
  afterAll(() => server.dispose());

  test('has everything it acknowledged', async () => {
    const client = EventStoreDBClient.connectionString(server.url);
    const events = [1, 2, 3].map((n) => jsonEvent({ type: 'Counted', data: { n } }));
    const answer = await client.appendToStream('count-1', events, { expectedRevision: NO_STREAM });
    await server.kill();
    await server.start();
    const read = [];
    for await (const { event } of client.readStream('count-1')) read.push(event);
    expect(read.map((event) => event?.data)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(read.at(-1)?.position).toEqual(answer.position);
    const sub = client.subscribeToAll({ fromPosition: START, filter: streamNameFilter({ prefixes: ['count-'] }) });
    const seen = [];
    for await (const { event } of sub) {
      seen.push(event?.revision);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([0n, 1n, 2n]);
    await client.dispose();
  });
});
