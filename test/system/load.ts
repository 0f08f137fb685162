import { setTimeout as wait } from 'node:timers/promises';
import { LoadPlan, type LoadCommand } from './load-plan.js';
import type { Random } from './random.js';
import type { Answer, Server } from './server.js';

/** A command that was answered for good. */
export interface Sent extends LoadCommand {
  readonly idempotencyKey: string;
  /** How often it was sent; more than once after its connection broke, or nobody could answer just then. */
  readonly tries: number;
  readonly answer: Answer;
}

/** What fetch throws when the connection breaks, whichever realm its class is of. */
const isBroken = (error: unknown): boolean => (error as { name?: unknown }).name === 'TypeError';

const unavailableRetryMs = 100;

/** Clients that send commands at once, each again with the same Idempotency-Key until it is answered for good. */
export class Load {
  readonly sent: Sent[] = [];
  readonly #plan: LoadPlan;
  #up = Promise.withResolvers<undefined>();
  #isStopped = false;
  #underWay = 0;

  constructor(
    readonly server: Server,
    random: Random,
  ) {
    this.#plan = new LoadPlan(server, random);
    this.#up.resolve(undefined);
  }

  /** Clients whose connection is broken wait from now on. */
  down(): void {
    this.#up = Promise.withResolvers();
  }

  up(): void {
    this.#up.resolve(undefined);
  }

  /** Holds the clients; resolves once none waits for an answer. Until {@link up}. */
  async quiet(): Promise<void> {
    this.down();
    while (this.#underWay > 0) await wait(10);
  }

  /** The clients finish the command they are at. */
  stop(): void {
    this.#isStopped = true;
  }

  async clients(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, (_, client) => this.#client(client)));
  }

  async #client(client: number): Promise<void> {
    for (let turn = 0; !this.#isStopped; turn += 1) {
      const command = await this.#plan.next();
      const sent = await this.deliver(command, `client-${client}-${turn}`);
      this.sent.push(sent);
      if (sent.answer.status < 300) command.done(sent.answer.body as Record<string, string>);
    }
  }

  /** Sends a command until it is answered for good. */
  async deliver(command: LoadCommand, idempotencyKey: string): Promise<Sent> {
    for (let tries = 1; ; tries += 1) {
      await this.#up.promise;
      this.#underWay += 1;
      try {
        const answer = await this.#send(command, idempotencyKey);
        if (answer.status !== 503) return { ...command, idempotencyKey, tries, answer };
        await wait(unavailableRetryMs);
      } catch (error) {
        if (!isBroken(error)) throw error;
      } finally {
        this.#underWay -= 1;
      }
    }
  }

  #send({ method, path, body, token }: LoadCommand, idempotencyKey: string): Promise<Answer> {
    const headers = { 'Idempotency-Key': idempotencyKey };
    return this.server.call(method, path, body, { headers, ...(token !== undefined && { key: null }) });
  }
}
