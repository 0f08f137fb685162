import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ownProcess } from './own-process.js';
import { freePort, untilAnswering, type TestServer } from './test-server.js';

const installed = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'grantrail', 'mongodb-server');

/** Whether test/servers/install.sh has been here. */
export const isMongodbInstalled = (): boolean => existsSync(join(installed, 'version'));

/** A Mongo-wire server of its own, durable: see mongodb-server/README.md. @throws Error where it was not installed */
export const ownMongodbServer = async (): Promise<TestServer> => {
  if (!isMongodbInstalled())
    throw new Error('there is no MongoDB to test on: run test/servers/install.sh or set MONGODB_URL');
  const port = await freePort();
  const classes = [join(installed, 'classes'), join(installed, 'lib', '*')].join(':');
  // Without the second compiler it is up in a third of a second.
  const flags = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx512m', '-cp', classes];
  const begin = (folder: string): ChildProcess => {
    const words = [...flags, 'DurableServer', String(port), join(folder, 'data')];
    // It ends with its standard input, so with this process, however that ends.
    return spawn('java', words, { stdio: ['pipe', 'ignore', 'ignore'] });
  };
  const server = await ownProcess('mongodb', begin, () => untilAnswering(() => listens(port)));
  return { ...server, url: `mongodb://127.0.0.1:${port}` };
};

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const tell = (up: boolean): void => {
      socket.destroy();
      resolve(up);
    };
    socket.once('connect', () => tell(true)).once('error', () => tell(false));
  });
