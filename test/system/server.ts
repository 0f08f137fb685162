import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';

const entry = new URL('../../dist/apps/server/main.js', import.meta.url).pathname;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // The tests say what they expect of an answer by matching it.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

export interface CallOptions {
  readonly key?: string | null;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

export interface MailFile {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** The built server as a process of its own, on a data folder of its own. */
export class Server {
  #process: ChildProcess | undefined;
  readonly output: string[] = [];
  url = '';
  operatorKey = '';

  private constructor(
    readonly folder: string,
    readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start(env: Readonly<Record<string, string>> = {}): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), 'grantrail-system-'));
    const server = new Server(folder, { GRANTRAIL_RATE_TOKEN: 'none', GRANTRAIL_RATE_INVITATIONS: 'none', ...env });
    await server.run();
    return server;
  }

  /** Starts the process on the folder; resolves once it is ready, rejects with what it said when it ends before. */
  async run(): Promise<void> {
    this.output.length = 0;
    const child = spawn(process.execPath, [entry], {
      env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'warn', GRANTRAIL_DATA_DIR: this.folder, ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    const ready = new Promise<void>((resolve, reject) => {
      const take = (line: string): void => {
        this.output.push(line);
        const url = /ready at (\S+)/.exec(line)?.[1];
        if (url !== undefined) this.url = url;
        const key = /(grk_\S+)/.exec(line)?.[1];
        if (key !== undefined) this.operatorKey = key;
        if (line.startsWith('  API')) setImmediate(resolve);
      };
      createInterface({ input: child.stdout }).on('line', take);
      createInterface({ input: child.stderr }).on('line', take);
      child.once('close', (code) => reject(new Error(`the server ended with ${code}: ${this.output.join('\n')}`)));
    });
    await ready;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    child.kill(signal);
    await once(child, 'close');
    return child.exitCode;
  }

  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  async call(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<Answer> {
    const key = options.key === undefined ? this.operatorKey : options.key;
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(options.signal && { signal: options.signal }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
  }

  /** The body of a call that must succeed. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async ok(method: string, path: string, body?: unknown, options?: CallOptions): Promise<any> {
    const answer = await this.call(method, path, body, options);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as unknown;
  }

  async mails(): Promise<readonly MailFile[]> {
    const folder = join(this.folder, 'mails');
    const names = await readdir(folder).catch(() => []);
    const files = names.filter((name) => name.endsWith('.json')).sort();
    return Promise.all(files.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as MailFile));
  }

  /** The token of the newest mail to an address, once it has come. */
  async tokenFor(address: string): Promise<string> {
    for (let tries = 0; tries < 500; tries += 1) {
      const mail = (await this.mails()).findLast(({ to }) => to === address);
      const token = /#([\w-]{43})/.exec(mail?.text ?? '')?.[1];
      if (token !== undefined) return token;
      await wait(20);
    }
    throw new Error(`no mail came for ${address}`);
  }
}
