import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Access } from '#access/access.js';
import { RegisterApplication } from '#access/application/register-application.js';
import { eventTypes } from '#access/events.js';
import { CommandLoop } from '#eventing/command-loop.js';
import { randomId } from '#eventing/ids.js';
import { inMemoryVault } from '#eventing/in-memory/vault.js';
import { ownLeases } from '#eventing/leases.js';
import { formatPosition } from '#eventing/position.js';
import { ViewReader } from '#eventing/view-reader.js';
import { blindIndexer } from '#privacy/claims.js';
import { sqliteViewStore } from '#store-sqlite/view-store.js';
import { operator, run } from '../../apps/server/commands.spec-kit.js';
import { by } from './in-process.js';
import { inTurns, quantile, report } from './measure.js';
import { caughtUp, givenLog, viewsOver } from './read-side.js';

/**
 * How long commands take beside what could keep the event loop of the one process: each begins at its own time, whatever became of
 * the one before, so that a loop that stands still is seen by all that were due meanwhile.
 */
const events = 60_000;
const everyMs = 10;
const commands = 500;
const rounds = 3;

const given = await givenLog(events);
const store = sqliteViewStore(join(given.folder, 'views.db'));
const views = viewsOver(given, store);
await views.start();
await caughtUp(views);
const reader = new ViewReader(views);
const loop = new CommandLoop({ store: given.log, types: eventTypes, sealer: given.sealer });
const index = blindIndexer(new Uint8Array(32).fill(7));
const access = new Access(loop, { plans: ['pro'] }, inMemoryVault(), ownLeases(), given.privacy, index, () =>
  Promise.resolve([]),
);
/** Decides, appends and waits until it is durable; gives milliseconds since the command was due. */
const command = async (dueAt: number): Promise<number> => {
  const applicationId = randomId('app');
  await run(access, new RegisterApplication({ applicationId, name: applicationId }, by(operator)));
  return performance.now() - dueAt;
};

/** The 99th percentile of the milliseconds of commands, while something else goes on again and again. */
const p99Beside = async (work?: () => Promise<unknown>): Promise<number> => {
  const over = new AbortController();
  const working = (async () => {
    while (work !== undefined && !over.signal.aborted) await work();
  })();
  const begun = performance.now();
  const running: Promise<number>[] = [];
  for (let next = 0; next < commands; next += 1) {
    const dueAt = begun + next * everyMs;
    if (dueAt > performance.now()) await sleep(dueAt - performance.now());
    running.push(command(dueAt));
  }
  const taken = await Promise.all(running);
  over.abort();
  await working;
  return quantile(0.99, taken);
};

const heavyLists = async (): Promise<void> => {
  const now = new Date();
  const asOf = formatPosition(BigInt(events / 2));
  const names = ['shared-accounts', 'members', 'audit-log'];
  const [past, today] = [await reader.moment(names, { now, asOf }), await reader.moment(names, { now })];
  const byName = { order: { column: 'name', descending: false }, limit: 50 };
  const newest = { order: { column: 'key', descending: true }, limit: 50 };
  const granted = [{ column: 'type', in: ['AccessGranted'] }];
  await Promise.all([
    reader.page('shared-accounts', { moment: past, where: [{ column: 'kind', in: ['access'] }], ...byName }),
    reader.page('members', { moment: past, where: [], ...byName }),
    reader.page('audit-log', { moment: today, where: granted, ...newest }),
    reader.count('members', { moment: past, where: [], cap: 10_000 }),
    reader.diff('members', { from: BigInt(events / 4), to: BigInt(events / 2), where: [], limit: 200 }),
  ]);
};
const rebuilds = async (): Promise<void> => {
  await views.rebuild('shared-accounts');
  await views.rebuild('audit-log');
};

const cost = await inTurns(
  { idle: () => p99Beside(), lists: () => p99Beside(heavyLists), rebuild: () => p99Beside(rebuilds) },
  rounds,
);
await views.stop();
await store.close();
await given.close();

const ms = (figure: number): string => `${figure.toFixed(1)} ms`;
const beside = `beside ${ms(cost.idle)} with nothing else to do`;
const what = '`loop-block`: p99 of a command';
report(
  `${what}, while long lists of the past, the audit log and diffs are read`,
  `${ms(cost.lists)} ${beside}`,
  cost.lists / cost.idle,
  { atMost: 3 },
);
report(
  `${what}, while \`shared-accounts\` and \`audit-log\` are rebuilt`,
  `${ms(cost.rebuild)} ${beside}`,
  cost.rebuild / cost.idle,
  { atMost: 3 },
);
