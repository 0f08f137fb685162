import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnTypeScript } from '#eventing/contracts/spawn-typescript.contract.js';
import { StoreUnavailable } from '#eventing/event-store.js';
import type { JobAttempt, Jobs } from '#eventing/jobs.js';
import { selfSignedCertificate, testWithCertificate } from '../../test/servers/certificate.js';
import { type OwnRedis, ownRedisServer, type RedisSettings } from '../../test/servers/redis-server.js';
import { whereOwnRedis } from '../../test/servers/redis.js';
import { freePort } from '../../test/servers/test-server.js';
import { bullmqJobs } from './jobs.js';

const eventually = async (holds: () => boolean | Promise<boolean>, patienceMs = 15_000): Promise<void> => {
  const end = Date.now() + patienceMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('it never came to hold');
    await sleep(10);
  }
};

/** Why something fails, and after how many milliseconds. */
const failure = async (of: Promise<unknown>): Promise<{ error: Error; afterMs: number }> => {
  const start = Date.now();
  try {
    await of;
  } catch (error) {
    return { error: error as Error, afterMs: Date.now() - start };
  }
  throw new Error('it did not fail');
};

whereOwnRedis('jobs on a Redis that has its faults', () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  const serve = async (settings?: RedisSettings): Promise<OwnRedis> => {
    const server = await ownRedisServer(settings);
    ends.push(() => server.dispose());
    return server;
  };
  const openedOn = async ({ url }: OwnRedis): Promise<Jobs> => {
    const jobs = await bullmqJobs(url);
    ends.push(() => jobs.close());
    return jobs;
  };
  const enqueue = (jobs: Jobs, id: string): Promise<void> => jobs.enqueue({ id, queue: 'mail', payload: {} });

  describe('at the start', () => {
    const refused = async (url: string): Promise<string> => {
      const { error, afterMs } = await failure(bullmqJobs(url));
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect(afterMs).toBeLessThan(5_000);
      expect(error.message).not.toMatch(/\n|s3cret/);
      return error.message;
    };

    it('refuses one that drops keys when it is full, and says how to set it', async () => {
      const { url } = await serve({ 'maxmemory-policy': 'allkeys-lru' });
      expect(await refused(url)).toMatch(
        /^Redis at 127\.0\.0\.1:\d+ .*allkeys-lru.*: set "maxmemory-policy noeviction" in redis\.conf/,
      );
    });

    it('says which one it can’t reach', async () => {
      const port = await freePort();
      expect(await refused(`redis://ann:s3cret@127.0.0.1:${port}`)).toBe(
        `Redis at 127.0.0.1:${port} can't be used: connect ECONNREFUSED 127.0.0.1:${port}`,
      );
    });

    it('gives up one that does not answer', async () => {
      const silent = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
      ends.push(() => new Promise((resolve) => silent.close(resolve)));
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      expect(await refused(`redis://:s3cret@127.0.0.1:${port}`)).toMatch(/^Redis at .* can't be used: /);
    });

    it('says that the password is wrong, and takes the right one', async () => {
      const { url } = await serve({ requirepass: 's3cret-one' });
      const at = url.replace('redis://', '');
      expect(await refused(url)).toMatch(/NOAUTH/);
      expect(await refused(`redis://:s3cret-two@${at}`)).toMatch(/WRONGPASS/);
      const jobs = await bullmqJobs(`redis://:s3cret-one@${at}`);
      ends.push(() => jobs.close());
      jobs.work('mail', () => Promise.resolve());
      await enqueue(jobs, 'one');
      await eventually(async () => (await jobs.counts('mail')).waiting === 0);
    });

    testWithCertificate('asks over TLS whom it can trust, and nobody else', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'grantrail-redis-tls-'));
      ends.push(() => rm(folder, { recursive: true }));
      const { certificate, key } = selfSignedCertificate(folder);
      const tlsPort = String(await freePort());
      await serve({
        'tls-port': tlsPort,
        'tls-cert-file': certificate,
        'tls-key-file': key,
        'tls-ca-cert-file': certificate,
        'tls-auth-clients': 'no',
      });
      const url = `rediss://localhost:${tlsPort}`;
      expect(await refused(url)).toMatch(/^Redis at localhost:\d+ can't be used: self-signed certificate/);
      const code = `
        import { bullmqJobs } from '#jobs-bullmq/jobs.js';
        const jobs = await bullmqJobs(${JSON.stringify(url)});
        jobs.work('mail', async ({ id }) => { console.log(id); setImmediate(() => jobs.close()); });
        await jobs.enqueue({ id: 'one', queue: 'mail', payload: {} });`;
      const trusting = spawnTypeScript(code, { before: `NODE_EXTRA_CA_CERTS='${certificate}'` });
      ends.push(() => Promise.resolve(trusting.process.kill('SIGKILL')));
      expect((await trusting.lines.next()).value).toBe('one');
    });

    it.each(['http://ann:s3cret@host', 'redis:', 's3cret'])('refuses %s as an address', async (url) => {
      expect(await refused(url)).toMatch(/^the address of Redis must be redis:\/\/host:port/);
    });
  });

  describe('later', () => {
    let server: OwnRedis;
    let jobs: Jobs;
    beforeEach(async () => {
      server = await serve();
      jobs = await openedOn(server);
    });

    it('keeps what was acknowledged over kill -9, fails soon meanwhile, and goes on by itself', async () => {
      const acknowledged = Array.from({ length: 50 }, (_, number) => `job-${number}`);
      await Promise.all(acknowledged.map((id) => enqueue(jobs, id)));
      const done = new Set<string>();
      let isHeld = true;
      jobs.work('mail', async ({ id }) => {
        while (isHeld) await sleep(10);
        done.add(id);
      });
      await server.kill();
      for (const asked of [
        enqueue(jobs, 'while-away'),
        jobs.counts('mail'),
        jobs.checkpoint('mails'),
        jobs.failed('mail'),
      ]) {
        const { error, afterMs } = await failure(asked);
        expect(error).toBeInstanceOf(StoreUnavailable);
        expect(afterMs).toBeLessThan(3_000);
      }
      isHeld = false;
      await server.start();
      await eventually(() => acknowledged.every((id) => done.has(id)));
      await eventually(() =>
        enqueue(jobs, 'afterwards').then(
          () => true,
          () => false,
        ),
      );
      await eventually(() => done.has('afterwards'));
      await eventually(async () => (await jobs.counts('mail')).waiting === 0);
      expect(await jobs.failed('mail')).toEqual([]);
    }, 40_000);

    it('fails soon while it hangs, and goes on afterwards', async () => {
      const done = new Set<string>();
      jobs.work('mail', ({ id }) => Promise.resolve(void done.add(id)));
      await enqueue(jobs, 'one');
      await eventually(() => done.has('one'));
      server.hang();
      const { error, afterMs } = await failure(enqueue(jobs, 'two'));
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect(afterMs).toBeLessThan(3_000);
      server.goOn();
      await eventually(() =>
        enqueue(jobs, 'three').then(
          () => true,
          () => false,
        ),
      );
      await eventually(() => done.has('three'));
    }, 40_000);

    it('begins to work once it is back when it was away at that time', async () => {
      await server.kill();
      const done: string[] = [];
      jobs.work('mail', ({ id }) => Promise.resolve(void done.push(id)));
      await server.start();
      await eventually(() =>
        enqueue(jobs, 'one').then(
          () => true,
          () => false,
        ),
      );
      await eventually(() => done.includes('one'));
    }, 40_000);

    it('lets go of a worker and of itself although it is away', async () => {
      let isHeld = true;
      let begun = false;
      const stop = jobs.work('mail', async () => {
        begun = true;
        while (isHeld) await sleep(10);
      });
      await enqueue(jobs, 'one');
      await eventually(() => begun);
      await server.kill();
      const stopWhatNeverBegan = jobs.work('never', () => Promise.resolve());
      jobs.work('neither', () => Promise.resolve());
      const start = Date.now();
      const stopping = stop();
      isHeld = false;
      await Promise.all([stopping, stopWhatNeverBegan()]);
      expect(Date.now() - start).toBeLessThan(4_000);
      await jobs.close();
      expect(Date.now() - start).toBeLessThan(6_000);
      await expect(enqueue(jobs, 'two')).rejects.toThrow(StoreUnavailable);
    }, 40_000);
  });

  it('is asked seldom while it is full, and goes on once it has room', async () => {
    const server = await serve({ appendonly: 'no', maxmemory: '3mb' });
    const faults: string[] = [];
    const jobs = await bullmqJobs(server.url, { onFault: (fault) => faults.push(fault) });
    ends.push(() => jobs.close());
    let kept = 0;
    const fill = async (): Promise<void> => {
      for (; ; kept += 1)
        await jobs.enqueue({ id: `job-${kept}`, queue: 'mail', payload: { filling: 'x'.repeat(5_000) } });
    };
    const { error } = await failure(fill());
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(error.message).toMatch(/OOM/);
    const done = new Set<string>();
    jobs.work('mail', ({ id }) => Promise.resolve(void done.add(id)));
    await eventually(() => faults.length > 2);
    const [before, start] = [faults.length, Date.now()];
    await eventually(() => faults.length > before + 2);
    expect(Date.now() - start).toBeGreaterThan(900);
    expect(done.size).toBeLessThan(kept);

    const redis = new Redis(server.url);
    ends.push(() => redis.quit());
    await redis.config('SET', 'maxmemory', '0');
    await eventually(() => done.size === kept);
  }, 40_000);

  it('takes up what a killed process was at', async () => {
    const server = await serve();
    const jobs = await openedOn(server);
    const code = `
      import { bullmqJobs } from '#jobs-bullmq/jobs.js';
      const jobs = await bullmqJobs(${JSON.stringify(server.url)});
      jobs.work('mail', ({ id }) => { console.log(id); return new Promise(() => setInterval(() => undefined, 1_000)); }, { concurrency: 2 });`;
    const other = spawnTypeScript(code);
    ends.push(() => Promise.resolve(other.process.kill('SIGKILL')));
    await Promise.all(['one', 'two', 'three', 'four'].map((id) => enqueue(jobs, id)));
    const taken = [(await other.lines.next()).value, (await other.lines.next()).value] as string[];
    const done: JobAttempt[] = [];
    jobs.work('mail', (job) => Promise.resolve(void done.push(job)));
    await eventually(() => done.length === 2);
    expect([...taken, ...done.map(({ id }) => id)].sort()).toEqual(['four', 'one', 'three', 'two']);

    other.process.kill('SIGKILL');
    expect(await other.ended).toBe('SIGKILL');
    const killedAt = Date.now();
    await eventually(() => done.length === 4);
    expect(Date.now() - killedAt).toBeLessThan(10_000);
    expect(
      done
        .slice(2)
        .map(({ id, attempt }) => `${id}/${attempt}`)
        .sort(),
    ).toEqual(taken.map((id) => `${id}/1`).sort());
  }, 40_000);
});
