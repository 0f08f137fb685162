import { setTimeout as wait } from 'node:timers/promises';
import { activeApplication, assign, member, openAccount } from '../../../system/given.js';
import type { Random } from '../../../system/random.js';
import type { Server } from '../../../system/server.js';

/** What fetch throws when the connection breaks, whichever realm its class is of. */
const isBroken = (error: unknown): boolean => (error as { name?: unknown }).name === 'TypeError';

const roles = ['staff', 'reader', 'viewer', 'auditor'];
const names = ['ann', 'ben', 'cem', 'eve'];

/** Clients that give and take accesses and change roles without end, each command until it is answered. */
export class ChangeLoad {
  #up = Promise.withResolvers<undefined>();
  #isStopped = false;

  private constructor(
    readonly server: Server,
    readonly random: Random,
    readonly members: readonly string[],
    readonly applicationIds: readonly string[],
  ) {
    this.#up.resolve(undefined);
  }

  static async begin(server: Server, random: Random): Promise<ChangeLoad> {
    const { id } = await openAccount(server, 'Changing');
    const applicationIds = [await activeApplication(server, 'One'), await activeApplication(server, 'Other')];
    await assign(server, id, ...applicationIds);
    const userIds = await Promise.all(names.map((name) => member(server, id, `${name}@changing.example`)));
    const members = userIds.map((userId) => `/v1/accounts/${id}/members/${userId}`);
    return new ChangeLoad(server, random, members, applicationIds);
  }

  down(): void {
    this.#up = Promise.withResolvers();
  }

  up(): void {
    this.#up.resolve(undefined);
  }

  stop(): void {
    this.#isStopped = true;
    this.up();
  }

  /** One client for each member. Resolves once stopped and all is answered. */
  async run(): Promise<void> {
    await Promise.all(this.members.map((path) => this.#client(path)));
  }

  async #client(path: string): Promise<void> {
    for (let turn = 0; !this.#isStopped; turn += 1) {
      const { random } = this;
      const applicationId = random.of(this.applicationIds)!;
      const key = `${path} ${turn}`;
      await random.weighted([
        [2, () => this.#until(key, 'POST', `${path}/applications`, { applicationIds: [applicationId] })],
        [2, () => this.#until(key, 'DELETE', `${path}/applications/${applicationId}`)],
        [1, () => this.#until(key, 'PUT', `${path}/role`, { role: random.of(roles) })],
      ])();
      // The followers are what it is about.
      await wait(10);
    }
  }

  async #until(key: string, method: string, path: string, body?: object): Promise<void> {
    const headers = { 'Idempotency-Key': key.replaceAll(/[^\w-]/g, '-').slice(-100) };
    while (!this.#isStopped) {
      await this.#up.promise;
      try {
        const { status, text } = await this.server.call(method, path, body, { headers });
        if (status < 300) return;
        if (status !== 503) throw new Error(`${method} ${path}: ${status} ${text}`);
      } catch (error) {
        if (!isBroken(error)) throw error;
      }
      await wait(20);
    }
  }
}
