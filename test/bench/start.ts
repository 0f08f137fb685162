import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteEventStore } from '#store-sqlite/event-store.js';
import { activeApplication, assign, member, openAccount } from '../system/given.js';
import { Server } from '../system/server.js';
import { fillLog } from './filler.js';
import { inTurns, report } from './measure.js';

/**
 * A start with a long log: until the first check is answered right, what opening the log costs beside a short one, and the memory
 * that the server has then. The views are caught up before. `GRANTRAIL_BENCH_EVENTS` says how long the log is (100,000 by
 * default, as its views have to be built first), and how long the one that is only opened (1,000,000).
 */
const given = process.env['GRANTRAIL_BENCH_EVENTS'];
const served = Number(given ?? 100_000);
const opened = { short: 10_000, long: Number(given ?? 1_000_000) };
const commands = 300;
const mib = 1024 * 1024;

const logOf = async (folder: string, events: number): Promise<string> => {
  const path = join(folder, `events-${events}.db`);
  const log = sqliteEventStore(path);
  await fillLog(log, events);
  await log.close();
  return path;
};

const openings = 20;
/** Milliseconds until a log is open and has said how long it is. */
const openingOf = (path: string) => async (): Promise<number> => {
  let ms = 0;
  for (let opening = 0; opening < openings; opening += 1) {
    const started = performance.now();
    const log = sqliteEventStore(path);
    await log.head();
    ms += performance.now() - started;
    await log.close();
  }
  return ms / openings;
};

const residentBytes = async (pid: number): Promise<number> =>
  Number(/VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

const folder = await mkdtemp(join(tmpdir(), 'grantrail-bench-start-'));
const server = await Server.start();
try {
  const { id: accountId } = await openAccount(server, 'Acme');
  const applicationId = await activeApplication(server, 'Billing');
  await assign(server, accountId, applicationId);
  const userId = await member(server, accountId, 'ann@acme.example', { applicationIds: [applicationId] });
  await server.kill('SIGTERM');
  const log = sqliteEventStore(join(server.folder, 'events.db'));
  await fillLog(log, served);
  await log.close();
  await server.run();
  await server.caughtUp();

  const start = async (): Promise<number> => {
    await server.kill('SIGTERM');
    const started = performance.now();
    await server.run();
    const { allowed } = await server.ok('POST', '/v1/check', { accountId, userId, applicationId });
    if (allowed !== true) throw new Error('the first check was answered wrong');
    return performance.now() - started;
  };
  const [short, long] = [await logOf(folder, opened.short), await logOf(folder, opened.long)];
  const ms = await inTurns({ start, short: openingOf(short), long: openingOf(long) });
  report(
    `\`start\`: seconds from the start of the process to the first right check, ${served} events in the log`,
    `${ms.start.toFixed(0)} ms`,
    ms.start / 1_000,
    { atMost: 1.5 },
  );
  report(
    `opening a log of ${opened.long} events, beside one of ${opened.short}`,
    `${ms.long.toFixed(2)} ms beside ${ms.short.toFixed(2)} ms`,
    ms.long / ms.short,
    { atMost: 1.5 },
  );
  for (let command = 0; command < commands; command += 1) {
    const role = ['reader', 'staff'][command % 2];
    await server.ok('PUT', `/v1/accounts/${accountId}/members/${userId}/role`, { role });
  }
  const resident = (await residentBytes(server.processes[0]?.pid ?? 0)) / mib;
  report(`MiB of memory after that start and ${commands} commands`, `${resident.toFixed(0)} MiB resident`, resident, {
    atMost: 200,
  });
} finally {
  await server.dispose();
  await rm(folder, { recursive: true, force: true });
}
