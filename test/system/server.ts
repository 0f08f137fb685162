import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';

const entry = new URL('../../dist/apps/server/main.js', import.meta.url).pathname;

/** A JSON object of an answer; what its fields are the tests say by matching it. */
export type Body = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** As it came over the wire. */
  readonly text: string;
  /** Empty where there is no body. */
  readonly body: Body;
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

/** An answer with its whole body, parsed where it is JSON. */
export const answerOf = async (response: Response): Promise<Answer> => {
  const { status, headers } = response;
  const text = await response.text();
  const isJson = /json/.test(headers.get('content-type') ?? '');
  return { status, headers, text, body: isJson ? (JSON.parse(text) as Body) : {} };
};

/** The built server as a process of its own, on a data folder of its own. */
export class Server {
  #process: ChildProcess | undefined;
  /** How the process ended, when nobody here had killed it. */
  #fault: string | undefined;
  readonly output: string[] = [];
  readonly #mails = new Map<string, MailFile>();
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
    this.#fault = undefined;
    child.once('exit', (code, signal) => {
      if (this.#process === child) this.#fault = `the server ended by itself with ${code ?? signal ?? 'nothing'}`;
    });
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
    this.#process = undefined;
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
    const response = await this.fetch(path, {
      method,
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(options.signal && { signal: options.signal }),
    });
    return answerOf(response);
  }

  /** Says so when the server is gone that nobody here had killed. */
  async fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(this.url + path, init);
    } catch (error) {
      if (this.#fault === undefined) throw error;
      throw new Error(`${this.#fault}: ${this.output.slice(-5).join('\n')}`, { cause: error });
    }
  }

  /** The body of a call that must succeed. */
  async ok(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Body> {
    const answer = await this.call(method, path, body, options);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** What lies in the mail folder, oldest first. */
  async mails(): Promise<readonly MailFile[]> {
    const folder = join(this.folder, 'mails');
    const names = await readdir(folder).catch(() => []);
    const files = names.filter((name) => name.endsWith('.json')).sort();
    // A mail that was written never changes.
    for (const file of files)
      if (!this.#mails.has(file))
        this.#mails.set(file, JSON.parse(await readFile(join(folder, file), 'utf8')) as MailFile);
    return files.map((file) => this.#mails.get(file)!);
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
