import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, untilAnswering, type TestServer } from './test-server.js';

export const isRedisInstalled = (): boolean => spawnSync('redis-server', ['--version']).error === undefined;

/** Lines of a configuration, such as `{ 'maxmemory-policy': 'allkeys-lru' }`. */
export type RedisSettings = Readonly<Record<string, string>>;

export interface OwnRedis extends TestServer {
  /** Leaves connections open and questions unanswered, until it goes on. */
  hang(): void;
  goOn(): void;
}

/** What an acknowledged write needs to survive the process, and BullMQ to keep all jobs. */
const durable: RedisSettings = {
  appendonly: 'yes',
  appendfsync: 'always',
  save: '',
  'maxmemory-policy': 'noeviction',
};

/** A Redis of its own: durable, unless the settings have it otherwise. */
export const ownRedisServer = async (settings: RedisSettings = {}): Promise<OwnRedis> => {
  if (!isRedisInstalled()) throw new Error('redis-server is not installed: apt-get install redis-server');
  const folder = await mkdtemp(join(tmpdir(), 'grantrail-redis-'));
  const port = await freePort();
  const lines = { port: String(port), bind: '127.0.0.1', dir: folder, logfile: 'redis.log', ...durable, ...settings };
  const words = Object.entries(lines).flatMap(([name, value]) => [`--${name}`, value]);
  let running: ChildProcess | undefined;
  const killNow = (): void => void running?.kill('SIGKILL');
  process.once('exit', killNow);

  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    const ending = running;
    running = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill(signal);
    await ended;
  };
  const start = async (): Promise<void> => {
    running = spawn('redis-server', words, { stdio: 'ignore' });
    await untilAnswering(() => isUp(port));
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    hang: () => void running?.kill('SIGSTOP'),
    goOn: () => void running?.kill('SIGCONT'),
    dispose: async () => {
      process.off('exit', killNow);
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** Whether it serves: it asks for a password, if it has one, before anything else. */
const isUp = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const tell = (up: boolean): void => {
      socket.destroy();
      resolve(up);
    };
    socket.once('error', () => tell(false));
    socket.once('data', (answer) => tell(/^(\+PONG|-NOAUTH)/.test(answer.toString())));
  });
