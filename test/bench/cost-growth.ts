import { randomId } from '#eventing/ids.js';
import type { NewEvent } from '#eventing/event-store.js';
import { eventStoreDb } from '#store-eventstoredb/event-store.js';
import { eventstoredbSimulator } from '../servers/simulator-server.js';
import { median } from './measure.js';

/**
 * Whether a longer log costs our process more: processor time of an append, of asking for the head and of reading a short
 * stream, with 10,000 events in the log and with 1,000,000. Against the simulator, so times of the server don't count.
 */
const [short, long] = [10_000, 1_000_000];
const rounds = 5;
const callers = 64;
const appendsEach = 40;
const goal = 1 / 0.7;

const server = await eventstoredbSimulator();
const store = eventStoreDb({ connectionString: server.url, categories: ['account'] });
const event = (): NewEvent => ({
  id: randomId('evt'),
  type: 'AccessGranted',
  data: { grantId: randomId('gra'), userId: randomId('usr'), applicationId: randomId('app'), origin: 'assigned' },
  metadata: { actorKind: 'user', actorId: randomId('usr'), commandId: randomId('cmd'), schemaVersion: '1' },
});
let written = 0;
const fillTo = async (count: number): Promise<void> => {
  const batch = 1_000;
  const writers = Array.from({ length: 4 }, async () => {
    while (written < count) {
      written += batch;
      await store.append(`account-${randomId('acc')}`, 'no-stream', Array.from({ length: batch }, event));
    }
  });
  await Promise.all(writers);
};

/** Processor time of this process for each of so many, in µs. */
const costOf = async (count: number, work: () => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
};

const readAll = async (stream: string): Promise<void> => {
  let events = 0;
  for await (const _ of store.readStream(stream)) events += 1;
  if (events !== 2) throw new Error(`${stream} holds ${events} events`);
};

const appendAll = (): Promise<unknown> => {
  written += callers * appendsEach;
  return Promise.all(
    Array.from({ length: callers }, async () => {
      const stream = `account-${randomId('acc')}`;
      for (let next = 0; next < appendsEach; next += 1)
        await store.append(stream, next === 0 ? 'no-stream' : BigInt(next - 1), [event()]);
    }),
  );
};
const measured = async (): Promise<Record<'append' | 'head' | 'read', number>> => {
  const stream = `account-${randomId('acc')}`;
  await store.append(stream, 'no-stream', [event(), event()]);
  const costs = { append: [] as number[], head: [] as number[], read: [] as number[] };
  for (let round = -1; round < rounds; round += 1) {
    const append = await costOf(callers * appendsEach, appendAll);
    const head = await costOf(500, async () => {
      for (let times = 0; times < 500; times += 1) await store.head();
    });
    const read = await costOf(500, async () => {
      for (let times = 0; times < 500; times += 1) await readAll(stream);
    });
    // The first one is for the compiler.
    if (round < 0) continue;
    costs.append.push(append);
    costs.head.push(head);
    costs.read.push(read);
  }
  return { append: median(costs.append), head: median(costs.head), read: median(costs.read) };
};

try {
  await fillTo(short);
  const before = await measured();
  await fillTo(long);
  const after = await measured();
  for (const name of ['append', 'head', 'read'] as const) {
    const ratio = after[name] / before[name];
    if (ratio > goal) process.exitCode = 1;
    process.stdout.write(
      `${name}: ${before[name].toFixed(0)} µs of CPU with ${short} events, ${after[name].toFixed(0)} µs with ${long}: ` +
        `${ratio.toFixed(2)} (goal ${goal.toFixed(2)} at most)\n`,
    );
  }
} finally {
  await store.close();
  await server.dispose();
}
