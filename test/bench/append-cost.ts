import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { randomUUID } from 'node:crypto';
import { randomId } from '#eventing/ids.js';
import type { EventStore } from '#eventing/event-store.js';
import { eventStoreDb } from '#store-eventstoredb/event-store.js';
import { eventstoredbSimulator } from '../servers/simulator-server.js';
import { median } from './measure.js';

/**
 * What an append costs our process through the adapter, beside the bare client doing the same: CPU time of this process,
 * the two in turns, medians compared. `EVENTSTOREDB_URL` names a real server, which also makes the rates count.
 */
const callers = 64;
const appendsEach = 60;
const rounds = 5;
const goal = 1.5;

const data = { grantId: randomId('gra'), userId: randomId('usr'), applicationId: randomId('app'), origin: 'assigned' };
const metadata = {
  actorKind: 'user',
  actorId: randomId('usr'),
  via: 'session',
  correlationId: randomId('cor'),
  causationId: randomId('cmd'),
  commandId: randomId('cmd'),
  requestHash: randomId('req'),
  decidedAt: '2026-03-01T12:00:00.000Z',
  schemaVersion: '1',
};
const type = 'AccessGranted';

type Append = (stream: string, next: number) => Promise<unknown>;

const bare =
  (client: EventStoreDBClient): Append =>
  (stream, next) =>
    client.appendToStream(stream, jsonEvent({ id: randomUUID(), type, data, metadata }), {
      expectedRevision: next === 0 ? 'no_stream' : BigInt(next - 1),
    });
const adapted =
  (store: EventStore): Append =>
  (stream, next) =>
    store.append(stream, next === 0 ? 'no-stream' : BigInt(next - 1), [{ id: randomId('evt'), type, data, metadata }]);

interface Cost {
  readonly cpuMicros: number;
  readonly perSecond: number;
}

/** Each caller appends to a stream of its own, one event after the other. */
const measure = async (append: Append): Promise<Cost> => {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      const stream = `account-${randomId('acc')}`;
      for (let next = 0; next < appendsEach; next += 1) await append(stream, next);
    }),
  );
  const { user, system } = process.cpuUsage(cpu);
  const appends = callers * appendsEach;
  return { cpuMicros: (user + system) / appends, perSecond: (appends / (performance.now() - started)) * 1_000 };
};

const summary = (costs: readonly Cost[]): Cost => ({
  cpuMicros: median(costs.map(({ cpuMicros }) => cpuMicros)),
  perSecond: median(costs.map(({ perSecond }) => perSecond)),
});

const url = process.env['EVENTSTOREDB_URL'];
// In a process of its own, so that its work does not count.
const simulator = url === undefined ? await eventstoredbSimulator() : undefined;
const connectionString = url ?? simulator?.url ?? '';
const client = EventStoreDBClient.connectionString(connectionString);
const store = eventStoreDb({ connectionString, categories: ['account'] });
try {
  const costs = { bare: [] as Cost[], adapted: [] as Cost[] };
  for (let round = -2; round < rounds; round += 1) {
    const turn = { bare: await measure(bare(client)), adapted: await measure(adapted(store)) };
    // The first ones are for the compiler.
    if (round < 0) continue;
    costs.bare.push(turn.bare);
    costs.adapted.push(turn.adapted);
  }
  const [alone, through] = [summary(costs.bare), summary(costs.adapted)];
  const ratio = through.cpuMicros / alone.cpuMicros;
  const micros = ({ cpuMicros }: Cost): string => `${cpuMicros.toFixed(0)} µs of CPU`;
  const rate = ({ perSecond }: Cost): string => `${perSecond.toFixed(0)} appends/s`;
  process.stdout.write(
    `${callers} callers, median of ${rounds}: bare client ${micros(alone)}, adapter ${micros(through)} for each append: ` +
      `${ratio.toFixed(2)} (goal ${goal} at most)\n` +
      (url === undefined
        ? 'rates: not run, they count against a real server only (EVENTSTOREDB_URL)\n'
        : `bare client ${rate(alone)}, adapter ${rate(through)}: ${(through.perSecond / alone.perSecond).toFixed(2)}\n`),
  );
  if (ratio > goal) process.exitCode = 1;
} finally {
  await store.close();
  await Promise.race([client.dispose(), new Promise((resolve) => setTimeout(resolve, 1_000))]);
  await simulator?.dispose();
}
