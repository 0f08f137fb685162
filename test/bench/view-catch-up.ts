import { MongoClient, type AnyBulkWriteOperation } from 'mongodb';
import { inMemoryEventStore } from '#eventing/in-memory/event-store.js';
import type { JsonValue } from '#eventing/json.js';
import type { RowChange, ViewStore } from '#eventing/view-store.js';
import { ViewRunner } from '#eventing/view-runner.js';
import { viewOf } from '#eventing/views.js';
import type { View } from '#eventing/view.js';
import type { EventStore } from '#eventing/event-store.js';
import { mongodbViewStore } from '#store-mongodb/view-store.js';
import { ownMongodbServer } from '../servers/own-mongodb.js';
import { median } from './measure.js';

/**
 * How fast a view catches up on MongoDB, beside the bare driver writing the same rows in bulk: the two take turns, and
 * medians are compared. `MONGODB_URL` names a real server; else it is the one of the specs, which bounds both alike.
 */
const accesses = 4_000;
const rounds = 5;
const bulk = 500;

type Access = { userId: string; accountId: string; applicationId: string; role: string };

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');

const accessView: View = viewOf<Access>({
  name: 'accesses',
  version: 1,
  columns: { userId: 'text', accountId: 'text', applicationId: 'text' },
  indexes: [['accountId', 'applicationId'], ['userId']],
  rows: ({ data }) => [textOf(data['key'])],
  fold: (row, { type, data }) => {
    if (type === 'Granted') return data as unknown as Access;
    if (type === 'Revoked' || row === undefined) return undefined;
    return { ...row, role: textOf(data['role']) };
  },
  columnsOf: ({ userId, accountId, applicationId }) => ({ userId, accountId, applicationId }),
});

/** Every access is given; three in four get another role later, and one in two is taken in the end. */
const fillLog = async (log: EventStore): Promise<void> => {
  const phases = [
    { type: 'Granted', every: 1 },
    { type: 'RoleChanged', every: 4 / 3 },
    { type: 'Revoked', every: 2 },
  ];
  for (const { type, every } of phases)
    for (let n = 0; n < accesses; n += every) {
      const key = `acs_${Math.floor(n).toString(36).padStart(24, '0')}`;
      const who = { userId: `usr_${Math.floor(n) % 997}`, accountId: `acc_${Math.floor(n) % 101}` };
      const data = { key, ...who, applicationId: `app_${Math.floor(n) % 31}`, role: type };
      await log.append(`${type}-${n}`, 'no-stream', [{ id: `evt_${type}_${n}`, type, data, metadata: {} }]);
    }
};

interface Cost {
  /** Milliseconds from begin to end. */
  readonly took: number;
  /** Milliseconds of this process's processors, whatever the server does meanwhile. */
  readonly busy: number;
}

const costOf = async (work: () => Promise<unknown>): Promise<Cost> => {
  const [begun, used] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(used);
  return { took: performance.now() - begun, busy: (user + system) / 1_000 };
};

/** Lets the view get from nothing to the head of the log. */
const catchUp = async (store: ViewStore, log: EventStore): Promise<Cost> => {
  const generation = await store.create(accessView.name, accessView.version, accessView);
  const reading = {
    upcast: <Event>(event: Event): Event => event,
    open: <Event>(event: Event) => Promise.resolve(event),
  };
  const runner = new ViewRunner({ view: accessView, generation, log, store, reading });
  const head = await log.head();
  const cost = await costOf(async () => {
    runner.start();
    await runner.waitFor(head);
  });
  await runner.stop();
  await store.drop(generation);
  return cost;
};

interface BareRow {
  readonly _id: string;
}
const rowId = (key: string, from: bigint): string => `${key} ${String(from).padStart(20, '0')}`;

const operationOf = (change: RowChange): AnyBulkWriteOperation<BareRow> => {
  const _id = rowId(change.key, change.from);
  if (change.change === 'close')
    return { updateOne: { filter: { _id }, update: { $set: { until: change.until, closedBy: change.by } } } };
  const { key, from, body, columns } = change;
  const by = change.change === 'open' ? change.by : '';
  const row = { _id, key, from, until: 0n, openedBy: by, closedBy: null, columns, body: JSON.stringify(body) };
  return { insertOne: { document: row } };
};

/** Lets the driver write the same rows, told all of them beforehand. */
const writeBare = async (client: MongoClient, changes: readonly RowChange[], round: number): Promise<Cost> => {
  const rows = client.db('bench').collection<BareRow>(`bare-${round}`);
  await rows.createIndexes([{ key: { key: 1, until: 1, from: 1 } }]);
  const cost = await costOf(async () => {
    for (let start = 0; start < changes.length; start += bulk)
      await rows.bulkWrite(changes.slice(start, start + bulk).map(operationOf), { ordered: false });
  });
  await rows.drop();
  return cost;
};

const given = process.env['MONGODB_URL'];
const server = given === undefined ? await ownMongodbServer() : undefined;
const url = given ?? server?.url ?? '';
const store = await mongodbViewStore(url, { database: 'bench', dropAfterMs: 1_000 });
const client = new MongoClient(url, { useBigInt64: true, writeConcern: { w: 'majority', journal: true } });
const log = inMemoryEventStore();
await fillLog(log);

const changes: RowChange[] = [];
const write: ViewStore['write'] = (generation, batch) => {
  changes.push(...batch);
  return store.write(generation, batch);
};
await catchUp({ ...store, write }, log);
const costs = { view: [] as Cost[], bare: [] as Cost[] };
await writeBare(client, changes, 0);
for (let round = 1; round <= rounds; round += 1) {
  costs.view.push(await catchUp(store, log));
  costs.bare.push(await writeBare(client, changes, round));
}
const medianOf = (figures: readonly Cost[]): Cost => {
  return { took: median(figures.map(({ took }) => took)), busy: median(figures.map(({ busy }) => busy)) };
};
const [view, bare] = [medianOf(costs.view), medianOf(costs.bare)];
const told = ({ took, busy }: Cost): string => {
  const rate = Math.round((changes.length / took) * 1_000);
  const each = ((busy / changes.length) * 1_000).toFixed(0);
  return `${Math.round(took)} ms, ${rate} changes/s, ${each} µs of this process per change`;
};
process.stdout.write(
  [
    `view catch-up on MongoDB: ${await log.head()} events, ${changes.length} changes of rows, median of ${rounds} rounds`,
    `  a view   ${told(view)}`,
    `  bare     ${told(bare)}, in bulks of ${bulk}`,
    `  ratio    ${(bare.took / view.took).toFixed(2)} (goal 0.5)`,
    '',
  ].join('\n'),
);
await store.close();
await client.close();
await server?.dispose();
