import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { inflictThrough } from '../simulators/eventstoredb/control.js';
import { type Fault } from '../simulators/eventstoredb/faults.js';
import { urlOf } from '../simulators/eventstoredb/start.js';
import { ownProcess } from './own-process.js';
import { freePort, type TestServer } from './test-server.js';

const entry = resolve(import.meta.dirname, '../simulators/eventstoredb/run.js');

/** The simulator in a process of its own. */
export interface SimulatorServer extends TestServer {
  /** Tells it what to do wrong; resolves once that is in force. A restart forgets it. */
  inflict(fault: Fault): Promise<void>;
}

export interface SimulatorSettings {
  /** Puts an event of the system itself into the log after every so many others. */
  readonly statsEvery?: number;
  /** Takes only calls with these; the client sends them over TLS only. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Paths of PEM files. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** A simulator of its own, whatever the environment has: for what kills it or makes it fail. */
export const eventstoredbSimulator = async (settings: SimulatorSettings = {}): Promise<SimulatorServer> => {
  const port = await freePort();
  let control = '';
  const begin = (folder: string): ChildProcess => {
    const words = ['--no-warnings', entry, '--folder', folder, '--port', String(port), ...wordsOf(settings)];
    return spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  };
  const server = await ownProcess('eventstoredb', begin, async (child) => {
    control = await faultsUrlOf(child);
  });
  return {
    ...server,
    url: urlOf(port, settings.tls !== undefined),
    inflict: (fault) => inflictThrough(control, fault),
  };
};

const wordsOf = ({ statsEvery, login, tls }: SimulatorSettings): readonly string[] => [
  ...(statsEvery === undefined ? [] : ['--stats-every', String(statsEvery)]),
  ...(login === undefined ? [] : ['--login', `${login.user}:${login.password}`]),
  ...(tls === undefined ? [] : ['--certificate', tls.certificate, '--key', tls.key]),
];

/** Resolves when it is ready, with the address that takes faults. */
const faultsUrlOf = async (child: ChildProcess): Promise<string> => {
  for await (const line of createInterface({ input: child.stdout! })) {
    const url = /^ready at \S+, faults to (\S+)$/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(`the simulator of EventStoreDB ended with ${child.exitCode ?? child.signalCode} before it was ready`);
};
