import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { TestServer } from '../../servers/test-server.js';
import type { Random } from '../../system/random.js';
import type { ServerProcess } from '../../system/process.js';
import type { Cluster } from './cluster.js';

/** What goes wrong in a round: done to a cluster under load, and undone after a while. */
export interface Fault {
  readonly name: string;
  /** Resolves once it is undone. */
  readonly strike: (cluster: Cluster, random: Random) => Promise<void>;
}

const killProcess = async ({ server }: Cluster, process: ServerProcess, random: Random): Promise<void> => {
  await process.kill('SIGKILL');
  await wait(random.below(1_500));
  await process.run(server.env);
};

const killEngine =
  (engine: 'eventstoredb' | 'mongodb' | 'redis') =>
  async ({ engines }: Cluster, random: Random): Promise<void> => {
    const server: TestServer = engines[engine];
    await server.kill('SIGKILL');
    await wait(random.below(2_500));
    await server.start();
  };

const withParts = ({ server }: Cluster, parts: string): readonly ServerProcess[] =>
  server.processes.filter(({ env }) => env['GRANTRAIL_PARTS'] === parts);

/** Every kind there is; a seed picks one a round. */
export const faults: readonly Fault[] = [
  {
    name: 'kill -9 of an API',
    strike: (cluster, random) => killProcess(cluster, random.of(withParts(cluster, 'api'))!, random),
  },
  {
    name: 'kill -9 of a worker',
    strike: (cluster, random) => killProcess(cluster, random.of(withParts(cluster, 'worker'))!, random),
  },
  { name: 'kill -9 of the event store', strike: killEngine('eventstoredb') },
  { name: 'kill -9 of MongoDB', strike: killEngine('mongodb') },
  { name: 'kill -9 of Redis', strike: killEngine('redis') },
  {
    name: 'Redis wiped',
    strike: async ({ engines }) => {
      const redis = new Redis(engines.redis.url);
      await redis.flushall();
      redis.disconnect();
    },
  },
  {
    name: 'the network cut between an API and an engine',
    strike: async ({ apart, engines }, random) => {
      if (apart === undefined) throw new Error('needs root, iproute2 and nftables to cut a network');
      const engine = random.of([engines.eventstoredb, engines.mongodb, engines.redis])!;
      const { port } = new URL(engine.url.replace(/^[a-z+]+:/, 'http:'));
      apart.cut(Number(port));
      await wait(500 + random.below(4_000));
      apart.mend();
    },
  },
];
