import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Deployment } from './deployment.js';
import type { LoggedEvent } from './log-file.js';
import type { MailFile } from './mail-file.js';
import { ServerProcess } from './process.js';
import { deploymentIn } from './tested-profile.js';

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

/** An answer with its whole body, parsed where it is JSON. */
export const answerOf = async (response: Response): Promise<Answer> => {
  const { status, headers } = response;
  const text = await response.text();
  const isJson = /json/.test(headers.get('content-type') ?? '');
  return { status, headers, text, body: isJson ? (JSON.parse(text) as Body) : {} };
};

/** The built server on a data folder of its own: one process, or several on engines of their own, as the profile has it. */
export class Server {
  readonly #mails = new Map<string, MailFile>();
  #turn = 0;
  operatorKey = '';

  private constructor(
    readonly folder: string,
    /** What every process is started with. */
    readonly env: Record<string, string>,
    readonly deployment: Deployment,
    readonly processes: readonly ServerProcess[],
  ) {}

  static async start(
    env: Readonly<Record<string, string>> = {},
    deploy: (folder: string) => Promise<Deployment> = deploymentIn,
  ): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), 'grantrail-system-'));
    const deployment = await deploy(folder);
    const unlimited = { GRANTRAIL_RATE_TOKEN: 'none', GRANTRAIL_RATE_INVITATIONS: 'none' };
    const shared = { GRANTRAIL_DATA_DIR: folder, ...unlimited, ...env };
    const processes = deployment.processes.map((own) => new ServerProcess(own));
    const server = new Server(folder, shared, deployment, processes);
    await server.run();
    return server;
  }

  /** Those that answer people and services. */
  get apis(): readonly ServerProcess[] {
    return this.processes.filter(({ env }) => env['GRANTRAIL_PARTS'] !== 'worker');
  }

  get url(): string {
    return this.apis[0]!.url;
  }

  get output(): readonly string[] {
    return this.processes.flatMap(({ output }) => output);
  }

  /** Starts the processes; resolves once all are ready, rejects with what one said when it ends before. */
  async run(): Promise<void> {
    await Promise.all(this.processes.map((one) => one.run(this.env)));
    for (const line of this.output) this.operatorKey = /(grk_\S+)/.exec(line)?.[1] ?? this.operatorKey;
  }

  /** Ends all processes; gives the exit code of the first. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    const [code = null] = await Promise.all(this.processes.map((one) => one.kill(signal)));
    return code;
  }

  async dispose(): Promise<void> {
    await this.kill();
    await this.deployment.dispose();
  }

  /** Every event of the log, in order. */
  async events(): Promise<readonly LoggedEvent[]> {
    return this.deployment.events();
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

  /** Resolves once every process that answers has the whole log in all its views. */
  async caughtUp(): Promise<void> {
    const headers = { authorization: `Bearer ${this.operatorKey}` };
    const isBehind = async (api: ServerProcess): Promise<boolean> => {
      const { body } = await answerOf(await api.fetch('/v1/operations/views', { headers }));
      const views = (body['items'] ?? []) as readonly { readonly behind: number; readonly generation: number }[];
      return views.length === 0 || views.some(({ behind, generation }) => behind > 0 || generation === 0);
    };
    for (const api of this.apis) while (await isBehind(api)) await wait(20);
  }

  /** Each time by another one of the processes that answer. */
  async fetch(path: string, init: RequestInit): Promise<Response> {
    this.#turn += 1;
    return this.apis[this.#turn % this.apis.length]!.fetch(path, init);
  }

  /** The body of a call that must succeed. */
  async ok(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Body> {
    const answer = await this.call(method, path, body, options);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** The mails sent so far, oldest first. */
  async mails(): Promise<readonly MailFile[]> {
    const { mails } = this.deployment;
    if (mails !== undefined) return mails();
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
