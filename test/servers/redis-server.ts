import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { ownProcess } from './own-process.js';
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
  const port = await freePort();
  const begin = (folder: string): ChildProcess => {
    const lines = { port: String(port), bind: '127.0.0.1', dir: folder, logfile: 'redis.log', ...durable, ...settings };
    const words = Object.entries(lines).flatMap(([name, value]) => [`--${name}`, value]);
    return spawn('redis-server', words, { stdio: 'ignore' });
  };
  const { signal, ...server } = await ownProcess('redis', begin, () => untilAnswering(() => isUp(port)));
  return {
    ...server,
    url: `redis://127.0.0.1:${port}`,
    hang: () => signal('SIGSTOP'),
    goOn: () => signal('SIGCONT'),
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
