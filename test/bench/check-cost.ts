import { rm } from 'node:fs/promises';
import { activeApplication, assign, member, openAccount } from '../system/given.js';
import { environmentOn, eventsOn, startEngines } from '../system/distributed.js';
import type { ServerProcess } from '../system/process.js';
import { Server } from '../system/server.js';
import type { TestServer } from '../servers/test-server.js';

/**
 * What a check costs that must be right across processes: its time as a service sees it over HTTP, and how often the log is
 * read for it, with one API process and with three. Commands of one account go on meanwhile, so that kept states grow old.
 */
const connections = 32;
const seconds = 6;

interface Cost {
  readonly apis: number;
  readonly checksPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly readingsPerCheck: number;
}

const start = async (apis: number): Promise<{ server: Server; dispose: () => Promise<void> }> => {
  const engines = await startEngines();
  const env = environmentOn(engines);
  const parts = [...Array.from({ length: apis }, () => 'api'), 'worker'];
  const server = await Server.start({}, (folder) =>
    Promise.resolve({
      processes: parts.map((part) => ({ env: { ...env, GRANTRAIL_PARTS: part } })),
      events: () => eventsOn(engines.eventstoredb.url),
      dispose: async () => {
        await Promise.all(Object.values(engines).map((engine: TestServer) => engine.dispose()));
        await rm(folder, { recursive: true, force: true });
      },
    }),
  );
  return { server, dispose: () => server.dispose() };
};

const readingsOf = async (api: ServerProcess): Promise<number> => {
  const metrics = await (await api.fetch('/metrics', {})).text();
  return Number(/^grantrail_stream_readings (\d+)/m.exec(metrics)?.[1]);
};

const measured = async (apis: number): Promise<Cost> => {
  const { server, dispose } = await start(apis);
  try {
    const { id: accountId } = await openAccount(server, 'Acme');
    const applicationId = await activeApplication(server, 'Billing');
    await assign(server, accountId, applicationId);
    const userId = await member(server, accountId, 'ann@acme.example', { applicationIds: [applicationId] });
    const body = JSON.stringify({ accountId, userId, applicationId });
    const headers = { authorization: `Bearer ${server.operatorKey}`, 'content-type': 'application/json' };
    const check = async (api: ServerProcess): Promise<number> => {
      const began = performance.now();
      const answer = await (await api.fetch('/v1/check', { method: 'POST', headers, body })).text();
      if (!answer.includes('"allowed":true')) throw new Error(answer);
      return performance.now() - began;
    };
    const during = async (ms: number): Promise<readonly number[]> => {
      const end = performance.now() + ms;
      const times: number[] = [];
      const clients = Array.from({ length: connections }, async (_, client) => {
        while (performance.now() < end) times.push(await check(server.apis[client % apis]!));
      });
      const roles = ['staff', 'viewer'];
      const commands = async (): Promise<void> => {
        for (let turn = 0; performance.now() < end; turn += 1)
          await server.ok('PUT', `/v1/accounts/${accountId}/members/${userId}/role`, { role: roles[turn % 2] });
      };
      await Promise.all([...clients, commands()]);
      return times.sort((a, b) => a - b);
    };
    await during(2_000);
    const readings = (): Promise<number> =>
      Promise.all(server.apis.map(readingsOf)).then((all) => all.reduce((sum, of) => sum + of, 0));
    const before = await readings();
    const times = await during(seconds * 1_000);
    const readingsPerCheck = ((await readings()) - before) / times.length;
    const at = (share: number): number => times[Math.floor(times.length * share)] ?? NaN;
    return { apis, checksPerSecond: times.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), readingsPerCheck };
  } finally {
    await dispose();
  }
};

for (const apis of [1, 3]) {
  const { checksPerSecond, p50Ms, p99Ms, readingsPerCheck } = await measured(apis);
  process.stdout.write(
    `${apis} API process(es), ${connections} connections: ${checksPerSecond.toFixed(0)} checks/s, p50 ${p50Ms.toFixed(1)} ms, ` +
      `p99 ${p99Ms.toFixed(1)} ms, ${readingsPerCheck.toFixed(2)} readings of a stream per check\n`,
  );
}
