import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server process of a spec's own, on a private loopback port and a data folder of its own. */
export interface TestServer {
  /** Connection string. */
  readonly url: string;
  /** Ends it (default SIGKILL); the data stays. A server that was given by the environment is not ours to kill: throws. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again, on the same data and port. */
  start(): Promise<void>;
  /** Stops it and removes the data. */
  dispose(): Promise<void>;
}

/** A loopback port that nothing listens on now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** Waits until a server answers. @throws Error after so many milliseconds (default 20,000) */
export const untilAnswering = async (answers: () => Promise<boolean>, patienceMs = 20_000): Promise<void> => {
  const end = Date.now() + patienceMs;
  while (!(await answers())) {
    if (Date.now() > end) throw new Error(`the server did not answer within ${patienceMs} ms`);
    await sleep(20);
  }
};
