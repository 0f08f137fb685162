import { Server, ServerCredentials } from '@grpc/grpc-js';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Node } from './calls.js';
import { EventLog } from './event-log.js';
import { type Fault, FaultState } from './faults.js';
import { unavailable } from './grpc-errors.js';
import { addServices } from './services.js';

export interface SimulatorOptions {
  /** Holds the log; made when it is not there. */
  readonly folder: string;
  /** On 127.0.0.1; a free one when it is left out. */
  readonly port?: number;
  /** Puts a `$stats` event into the log after every so many others. */
  readonly statsEvery?: number;
  /** Only calls with this name and password are taken; the client sends them over TLS only. */
  readonly login?: { readonly user: string; readonly password: string };
  /** PEM texts. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

export interface Simulator {
  /** A connection string. */
  readonly url: string;
  readonly port: number;
  /** Resolves once the fault is in force. */
  inflict(fault: Fault): Promise<void>;
  close(): Promise<void>;
}

/** Starts the simulator in this process. */
export const startSimulator = async (options: SimulatorOptions): Promise<Simulator> => {
  const log = await EventLog.open(options.folder, options.statsEvery);
  const sockets = new Map<string, Socket>();
  const node: Node = {
    log,
    faults: new FaultState(),
    login: options.login,
    openCalls: new Set(),
    breakConnection: (peer) => void sockets.get(peer)?.destroy(),
  };
  // Sockets are taken here and handed on, so that they can be broken.
  const grpc = new Server({ 'grpc.max_receive_message_length': 17 * 1024 * 1024 });
  addServices(grpc, node, () => ({ host: '127.0.0.1', port: listenedPort() }));
  const injector = grpc.createConnectionInjector(credentials(options));
  const listener = createServer({ noDelay: true }, (socket) => {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    sockets.set(peer, socket);
    socket.once('close', () => sockets.delete(peer));
    injector.injectConnection(socket);
  });
  const listenedPort = (): number => (listener.address() as AddressInfo).port;
  listener.listen(options.port ?? 0, '127.0.0.1');
  await once(listener, 'listening');
  const port = listenedPort();

  return {
    url: urlOf(port, options.tls !== undefined),
    port,
    inflict: (fault) => inflict(node, sockets, fault),
    close: async () => {
      listener.close();
      for (const socket of sockets.values()) socket.destroy();
      grpc.forceShutdown();
      injector.destroy();
      await log.close();
    },
  };
};

/** The connection string of a node on this machine; with TLS it needs a name, the client takes no address there. */
export const urlOf = (port: number, hasTls: boolean): string =>
  hasTls ? `esdb://localhost:${port}?tls=true` : `esdb://127.0.0.1:${port}?tls=false`;

const credentials = ({ tls }: SimulatorOptions): ServerCredentials =>
  tls === undefined
    ? ServerCredentials.createInsecure()
    : ServerCredentials.createSsl(null, [
        { cert_chain: Buffer.from(tls.certificate), private_key: Buffer.from(tls.key) },
      ]);

const inflict = async ({ log, faults, openCalls }: Node, sockets: ReadonlyMap<string, Socket>, fault: Fault) => {
  switch (fault.fault) {
    case 'drop-before-commit':
      faults.dropsBeforeCommit = fault.appends;
      return;
    case 'drop-after-commit':
      faults.dropsAfterCommit = fault.appends;
      return;
    case 'drop-connections':
      for (const socket of sockets.values()) socket.destroy();
      return;
    case 'unavailable':
      faults.isUnavailable = fault.on;
      if (fault.on) for (const end of openCalls) end(unavailable());
      return;
    case 'not-leader':
      faults.leader = fault.leader;
      return;
    case 'delay-answers':
      faults.answerDelayMs = fault.delayMs;
      return;
    case 'system-events':
      return log.addStats(fault.count);
    default:
      // From outside it may be anything.
      throw new Error(`there is no such fault: ${JSON.stringify(fault satisfies never)}`);
  }
};
