import { fork } from 'node:child_process';
import { once } from 'node:events';
import { member, openAccount } from '../system/given.js';
import { serverWithEmptyRoute, yardstick } from './edge/given.js';
import { inTurns, median, report } from './measure.js';

/**
 * How long after a command was acknowledged the last of 1,000 subscribers of a stream has it, beside node:http writing the same
 * bytes to as many connections. The subscribers are in processes of their own.
 */
const subscribers = 1_000;
const changesEach = 10;

const clock = (): number => performance.timeOrigin + performance.now();

/** Opens the subscriptions; what is given resolves with the time at which the last of them had the next event. */
const subscribed = async (url: string, path: string, headers: readonly string[]) => {
  const child = fork(new URL('edge/subscribers.js', import.meta.url).pathname, { execArgv: [] });
  child.send({ url, path, headers, count: subscribers });
  await once(child, 'message');
  return {
    next: async (): Promise<number> => Number((await once(child, 'message'))[0]),
    end: () => child.disconnect(),
  };
};

const server = await serverWithEmptyRoute({ LOG_LEVEL: 'warn' });
const bare = await yardstick('fan-out.js');
const authorization = `Authorization: Bearer ${server.operatorKey}`;
try {
  const { id: accountId } = await openAccount(server, 'Acme');
  const userId = await member(server, accountId, 'ann@acme.example');
  await server.caughtUp();
  const page = await server.ok('GET', '/v1/access-changes?limit=1000');
  const [ours, theirs] = [
    await subscribed(server.url, `/v1/access-changes/stream?after=${String(page['nextAfter'])}`, [authorization]),
    await subscribed(bare.url, '/', []),
  ];
  let turn = 0;
  const change = async (): Promise<number> => {
    turn += 1;
    const had = ours.next();
    const role = ['staff', 'reader'][turn % 2];
    await server.ok('PUT', `/v1/accounts/${accountId}/members/${userId}/role`, { role });
    const acknowledged = clock();
    return (await had) - acknowledged;
  };
  await change();
  const { items } = await server.ok('GET', `/v1/access-changes?after=${String(page['nextAfter'])}`);
  const [row] = items as readonly object[];
  const written = `id: ${String(page['nextAfter'])}\nevent: role-changed\ndata: ${JSON.stringify(row)}\n\n`;
  const post = async (): Promise<number> => {
    const had = theirs.next();
    await (await fetch(bare.url, { method: 'POST', body: written })).text();
    const acknowledged = clock();
    return (await had) - acknowledged;
  };
  const several = (measure: () => Promise<number>) => async (): Promise<number> => {
    const times: number[] = [];
    for (let each = 0; each < changesEach; each += 1) times.push(await measure());
    return median(times);
  };
  const ms = await inTurns({ ours: several(change), theirs: several(post) });
  const told = (value: number): string => `${value.toFixed(1)} ms`;
  report(
    '`subscribers`: from the answer to a command until the last of 1,000 streams has it, beside node:http writing the same bytes',
    `${told(ms.ours)} beside ${told(ms.theirs)}`,
    ms.ours / ms.theirs,
    { atMost: 2 },
  );
  ours.end();
  theirs.end();
} finally {
  await server.dispose();
  await bare.kill();
}
