import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, type TestServer } from '../servers/test-server.js';
import { ownRedisServer } from '../servers/redis-server.js';
import { whereCluster } from '../servers/where-cluster.js';
import { environmentOn, startEngines, type TestEngines } from '../system/distributed.js';
import { ServerProcess } from '../system/process.js';

whereCluster('starting on engines', () => {
  let engines: TestEngines;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'grantrail-start-'));
    engines = await startEngines();
  }, 60_000);
  afterAll(async () => {
    await Promise.all(Object.values(engines).map((engine: TestServer) => engine.dispose()));
    await rm(folder, { recursive: true, force: true });
  });

  const waiting = async (env: Record<string, string>) => {
    const port = String(await freePort());
    const process = new ServerProcess({ env: { ...env, PORT: port, GRANTRAIL_DATA_DIR: folder } });
    const started = process.run({});
    started.catch(() => undefined);
    while (process.output.length === 0) await wait(20);
    const ask = async (path: string): Promise<unknown> => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return [response.status, await response.json()];
    };
    return { process, started, ask };
  };

  it.each([
    ['EventStoreDB', 'GRANTRAIL_EVENTSTOREDB_URL', (port: number) => `esdb://127.0.0.1:${port}?tls=false`],
    ['MongoDB', 'GRANTRAIL_MONGODB_URL', (port: number) => `mongodb://mona:pass-word@127.0.0.1:${port}/grantrail`],
    ['Redis', 'GRANTRAIL_REDIS_URL', (port: number) => `redis://:pass-word@127.0.0.1:${port}`],
  ])(
    'says in one line that %s can’t be reached, alive and not ready',
    async (engine, name, urlOf) => {
      const { process, ask } = await waiting({ ...environmentOn(engines), [name]: urlOf(await freePort()) });
      expect(process.output).toEqual([expect.stringMatching(new RegExp(`^${engine} at .*127\\.0\\.0\\.1`))]);
      expect(process.output.join()).not.toContain('pass-word');
      expect(await ask('/health/live')).toEqual([200, { live: true }]);
      expect(await ask('/health/ready')).toMatchObject([503, { ready: false, checks: { engines: { ok: false } } }]);
      await process.kill();
    },
    60_000,
  );

  it('waits for one that is set up wrongly until that is mended, and then starts', async () => {
    const forgetful = await ownRedisServer({ 'maxmemory-policy': 'allkeys-lru' });
    const { process, started } = await waiting({ ...environmentOn(engines), GRANTRAIL_REDIS_URL: forgetful.url });
    expect(process.output).toEqual([expect.stringMatching(/^Redis at .*noeviction/)]);
    const { Redis } = await import('ioredis');
    const redis = new Redis(forgetful.url);
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    redis.disconnect();
    await started;
    expect(process.output.join('\n')).toMatch(/Grantrail is ready at/);
    expect(await process.kill('SIGTERM')).toBe(0);
    await forgetful.dispose();
  }, 60_000);
});
