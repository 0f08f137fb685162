import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

/** A request as its bytes on the wire. */
export const requestBytes = (
  method: string,
  path: string,
  { key, body }: { readonly key?: string; readonly body?: object } = {},
): Buffer => {
  const text = body === undefined ? '' : JSON.stringify(body);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    'Accept: application/json',
    ...(key === undefined ? [] : [`Authorization: Bearer ${key}`]),
    ...(body === undefined ? [] : ['Content-Type: application/json']),
    `Content-Length: ${Buffer.byteLength(text)}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${text}`);
};

/** Processor time that a process has used so far, in µs; its grain is 10 ms. */
export const cpuMicrosOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
};

export interface Cost {
  readonly perSecond: number;
  /** Processor time of the server for each request. */
  readonly cpuMicros: number;
}

export interface Target {
  readonly url: string;
  readonly pid: number;
}

/** Sends request after request over one connection, each once the one before was answered; false ends it. */
const converse = (socket: Socket, next: () => Buffer | false): Promise<void> =>
  new Promise((resolve, reject) => {
    let received = '';
    const send = (): void => {
      const request = next();
      if (request === false) resolve();
      else socket.write(request);
    };
    const take = (chunk: string): void => {
      received += chunk;
      const head = received.indexOf('\r\n\r\n');
      if (head === -1) return;
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1] ?? 0);
      if (Buffer.byteLength(received) < head + 4 + length) return;
      if (!received.startsWith('HTTP/1.1 2')) reject(new Error(received));
      received = '';
      send();
    };
    socket.setEncoding('utf8').setNoDelay(true).on('data', take).once('error', reject);
    socket.once('close', () => reject(new Error('the server closed the connection')));
    send();
  });

interface LoadOptions {
  readonly connections?: number;
  readonly count: number;
  /** Resolves once the server has done what the requests left it to do; that counts as well. */
  readonly settled?: () => Promise<void>;
}

/**
 * So many requests over kept connections, by a client that does next to nothing beside. The requests of a connection go round:
 * `requests(connection)` are sent one after another, again and again.
 */
export const rawLoad = async (
  { url, pid }: Target,
  requests: (connection: number) => readonly Buffer[],
  { connections = 32, count, settled }: LoadOptions,
): Promise<Cost> => {
  const { port, hostname } = new URL(url);
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(Number(port), hostname);
      await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
      return socket;
    }),
  );
  const cpu = cpuMicrosOf(pid);
  const started = performance.now();
  let left = count;
  await Promise.all(
    sockets.map((socket, connection) => {
      const round = requests(connection);
      let turn = 0;
      return converse(socket, () => (left-- > 0 ? (round[turn++ % round.length] ?? false) : false));
    }),
  );
  const perSecond = (count / (performance.now() - started)) * 1_000;
  await settled?.();
  const cpuMicros = (cpuMicrosOf(pid) - cpu) / count;
  for (const socket of sockets) socket.removeAllListeners('close').destroy();
  return { perSecond, cpuMicros };
};
