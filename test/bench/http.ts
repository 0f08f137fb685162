import { activeApplication, assign, member, openAccount } from '../system/given.js';
import { type Cost, rawLoad, requestBytes, type Target } from './edge/raw-load.js';
import { serverWithEmptyRoute, yardstick } from './edge/given.js';
import { inTurns, median, report } from './measure.js';

/**
 * What commands and checks cost over HTTP, beside Fastify alone echoing the same requests, and beside the least that a route of
 * the product can do: authenticated, without a body, answering `{}`. Compared by the server's processor time for a request;
 * rates are told beside, for they depend on who else uses the machine.
 */
const connections = 32;
const count = 5_000;

const server = await serverWithEmptyRoute();
const echo = await yardstick('echo.js');
const targetOf = ({ url, pid }: Target): Target => ({ url, pid });
try {
  const key = server.operatorKey;
  const applicationId = await activeApplication(server, 'Billing');
  const requests = await Promise.all(
    Array.from({ length: connections }, async (_, connection) => {
      const { id: accountId } = await openAccount(server, `Acme${connection}`);
      await assign(server, accountId, applicationId);
      const applicationIds = [applicationId];
      const userId = await member(server, accountId, `ann@acme${connection}.example`, { applicationIds });
      const path = `/v1/accounts/${accountId}/members/${userId}/role`;
      const question = {
        accountId,
        userId,
        applicationId,
        permission: 'expirations:view',
        resource: { ownerId: userId },
      };
      return {
        commands: ['reader', 'staff'].map((role) => requestBytes('PUT', path, { key, body: { role } })),
        checks: [requestBytes('POST', '/v1/check', { key, body: question })],
      };
    }),
  );
  await server.caughtUp();
  const nothing = [requestBytes('POST', '/v1/empty', { key })];
  const [process] = server.processes;
  const product = targetOf({ url: server.url, pid: process?.pid ?? 0 });
  const bare = targetOf({ url: echo.url, pid: echo.pid ?? 0 });
  const of = (kind: 'commands' | 'checks') => (connection: number) => requests[connection]?.[kind] ?? [];
  const costs = new Map<string, Cost[]>();
  const measure =
    (name: string, target: Target, sent: (connection: number) => readonly Buffer[]) => async (): Promise<number> => {
      const settled = (): Promise<void> => server.caughtUp();
      const cost = await rawLoad(target, sent, { connections, count, ...(name === 'command' && { settled }) });
      costs.set(name, [...(costs.get(name) ?? []), cost]);
      return cost.cpuMicros;
    };
  // The compiler takes its time with so much code.
  for (const sent of [of('checks'), () => nothing]) await rawLoad(product, sent, { connections, count: 15_000 });
  const cpu = await inTurns({
    command: measure('command', product, of('commands')),
    echoedCommand: measure('echoedCommand', bare, of('commands')),
    check: measure('check', product, of('checks')),
    empty: measure('empty', product, () => nothing),
  });
  const told = (name: keyof typeof cpu): string =>
    `${cpu[name].toFixed(0)} µs (${median((costs.get(name) ?? []).map(({ perSecond }) => perSecond)).toFixed(0)}/s)`;
  const row = (what: string, one: keyof typeof cpu, other: keyof typeof cpu, atLeast: number): void =>
    report(what, `${told(one)} beside ${told(other)}`, cpu[other] / cpu[one], { atLeast });
  row(
    '`http`: a command (PUT role) by 32 connections, beside Fastify echoing its JSON',
    'command',
    'echoedCommand',
    0.3,
  );
  row('the same beside an authenticated POST that does nothing', 'command', 'empty', 0.8);
  row('`http`: a check, beside an authenticated POST that does nothing', 'check', 'empty', 0.9);
  report(
    'an authenticated POST that does nothing, beside the echo',
    `${told('empty')} beside ${told('echoedCommand')}`,
    cpu.echoedCommand / cpu.empty,
  );
} finally {
  await server.dispose();
  await echo.kill();
}
