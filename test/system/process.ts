import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { processorWaitMs } from './processor-wait.js';

const builtEntry = new URL('../../dist/apps/server/main.js', import.meta.url).pathname;

export interface ProcessSettings {
  /** What this process is given beside what all are. */
  readonly env: Readonly<Record<string, string>>;
  /** Words put before the command, such as `ip netns exec name`. */
  readonly within?: readonly string[];
  /** The file that is run; what was built unless it is said. */
  readonly entry?: string;
}

/** One process of the built server. */
export class ServerProcess {
  #process: ChildProcess | undefined;
  /** How the process ended, when nobody here had killed it. */
  #fault: string | undefined;
  readonly output: string[] = [];
  url = '';

  constructor(readonly settings: ProcessSettings) {}

  /** Of the process that runs; undefined when none was started, or it was killed. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get env(): Readonly<Record<string, string>> {
    return this.settings.env;
  }

  /** See {@link processorWaitMs}. */
  get processorWaitMs(): number {
    const pid = this.#process?.pid;
    return pid === undefined ? 0 : processorWaitMs(pid);
  }

  /** Starts the process; resolves once it is ready, rejects with what it said when it ends before. */
  async run(shared: Readonly<Record<string, string>>): Promise<void> {
    this.output.length = 0;
    const { within = [], entry = builtEntry } = this.settings;
    const words = [...within, process.execPath, entry];
    const child = spawn(words[0]!, words.slice(1), {
      env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'warn', ...shared, ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    this.#fault = undefined;
    child.once('exit', (code, signal) => {
      if (this.#process === child) this.#fault = `the server ended by itself with ${code ?? signal ?? 'nothing'}`;
    });
    await new Promise<void>((resolve, reject) => {
      const take = (line: string): void => {
        this.output.push(line);
        const url = /ready at (\S+)/.exec(line)?.[1];
        if (url === undefined) return;
        this.url = url;
        // What it tells beside comes in the same breath.
        setImmediate(resolve);
      };
      createInterface({ input: child.stdout }).on('line', take);
      createInterface({ input: child.stderr }).on('line', take);
      child.once('close', (code) => reject(new Error(`the server ended with ${code}: ${this.output.join('\n')}`)));
    });
  }

  /** Resolves with the exit code, null after a signal. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    this.#process = undefined;
    child.kill(signal);
    await once(child, 'close');
    return child.exitCode;
  }

  /** Says so when the process is gone that nobody here had killed. */
  async fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(this.url + path, init);
    } catch (error) {
      if (this.#fault === undefined) throw error;
      throw new Error(`${this.#fault}: ${this.output.slice(-5).join('\n')}`, { cause: error });
    }
  }
}
