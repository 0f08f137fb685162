import { setTimeout as wait } from 'node:timers/promises';
import { activeApplication, assign, member, openAccount } from '../../system/given.js';
import type { Server } from '../../system/server.js';

/** Gives an access and takes it again and again, and asks every API at once after each taking: none may answer yes any more. */
export class Revocations {
  /** What was allowed after its revocation was acknowledged. */
  readonly violations: string[] = [];
  taken = 0;
  #isStopped = false;
  #up = Promise.resolve();
  #goOn: () => void = () => undefined;
  #turn: Promise<void> = Promise.resolve();

  private constructor(
    readonly server: Server,
    readonly accountId: string,
    readonly userId: string,
    readonly applicationId: string,
  ) {}

  static async begin(server: Server): Promise<Revocations> {
    const { id: accountId } = await openAccount(server, 'Revoking');
    const applicationId = await activeApplication(server, 'Revoked');
    await assign(server, accountId, applicationId);
    return new Revocations(server, accountId, await member(server, accountId, 'rita@revoking.example'), applicationId);
  }

  stop(): void {
    this.#isStopped = true;
    this.#goOn();
  }

  /** Holds after the turn that is under way, until {@link goOn}. */
  async quiet(): Promise<void> {
    this.#up = new Promise((resolve) => {
      this.#goOn = resolve;
    });
    await this.#turn;
  }

  goOn(): void {
    this.#goOn();
  }

  async run(): Promise<void> {
    for (let turn = 0; !this.#isStopped; turn += 1) {
      await this.#up;
      this.#turn = this.#giveAndTake(turn);
      await this.#turn;
      await wait(20);
    }
  }

  async #giveAndTake(turn: number): Promise<void> {
    const access = `/v1/accounts/${this.accountId}/members/${this.userId}/applications`;
    const given = await this.#until('POST', access, `give-${turn}`, { applicationIds: [this.applicationId] });
    if (!given || !(await this.#until('DELETE', `${access}/${this.applicationId}`, `take-${turn}`))) return;
    this.taken += 1;
    await Promise.all(this.server.apis.map((_, api) => this.#check(api, turn)));
  }

  /** Sends until it is acknowledged; false when stopped before. */
  async #until(method: string, path: string, key: string, body?: object): Promise<boolean> {
    while (!this.#isStopped) {
      try {
        const answer = await this.server.call(method, path, body, { headers: { 'Idempotency-Key': key } });
        if (answer.status < 300) return true;
        if (answer.status !== 503) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      } catch (error) {
        if ((error as { name?: unknown }).name !== 'TypeError') throw error;
      }
      await wait(50);
    }
    return false;
  }

  async #check(api: number, turn: number): Promise<void> {
    const { accountId, userId, applicationId } = this;
    const body = JSON.stringify({ accountId, userId, applicationId });
    const headers = { authorization: `Bearer ${this.server.operatorKey}`, 'content-type': 'application/json' };
    try {
      const response = await this.server.apis[api]!.fetch('/v1/check', { method: 'POST', headers, body });
      const { allowed } = (await response.json()) as { allowed?: boolean };
      if (allowed === true) this.violations.push(`API ${api} still allowed what turn ${turn} had taken`);
    } catch (error) {
      // An API that is being killed answers nothing.
      if ((error as { name?: unknown }).name !== 'TypeError') throw error;
    }
  }
}
