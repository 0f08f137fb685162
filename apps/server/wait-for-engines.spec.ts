import { expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StoreUnavailable } from '#eventing/event-store.js';
import { readConfig } from '#platform/config.js';
import { kept } from './installation.spec-kit.js';
import { waitForEngines } from './wait-for-engines.js';

const freePort = async (): Promise<string> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
};

it('waits for engines, alive and not ready, and tells each reason once', async () => {
  const PORT = await freePort();
  const store = kept();
  const told: string[] = [];
  const asked: unknown[] = [];
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${PORT}${path}`);
    return [response.status, await response.json()];
  };
  const opening = [
    () => Promise.reject(new StoreUnavailable('MongoDB at mongo:27017: connection refused')),
    () => Promise.reject(new StoreUnavailable('MongoDB at mongo:27017: connection refused')),
    async () => {
      asked.push(await ask('/health/live'), await ask('/health/ready'));
      throw new StoreUnavailable('Redis at redis:6379: set maxmemory-policy to noeviction');
    },
    () => Promise.resolve(store.engines()),
  ];
  const open = () => opening.shift()!();
  const engines = await waitForEngines(readConfig({ PORT }), open, (line) => told.push(line));
  expect(engines.leases).toBeNull();
  expect(told).toEqual([
    'MongoDB at mongo:27017: connection refused',
    'Redis at redis:6379: set maxmemory-policy to noeviction',
  ]);
  const detail = 'MongoDB at mongo:27017: connection refused';
  expect(asked).toEqual([
    [200, { live: true }],
    [503, { ready: false, checks: { engines: { ok: false, detail } } }],
  ]);
  await expect(ask('/health/live')).rejects.toThrow();
  await store.remove();
});

it('does not wait for what only whoever runs the server can mend', async () => {
  const broken = () => Promise.reject(new TypeError('a bug'));
  await expect(waitForEngines(readConfig({}), broken, () => undefined)).rejects.toThrow('a bug');
});
