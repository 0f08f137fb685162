import { setTimeout as wait } from 'node:timers/promises';
import { activeApplication, assign, member, openAccount } from '../../../system/given.js';
import type { Answer, Body, Server } from '../../../system/server.js';

export const files = ['events.db', 'views.db', 'vault.db', 'jobs.db'] as const;
export type FileName = (typeof files)[number];

/** Which answer a call got: its status, and of a problem its code. */
const brief = ({ status, body }: Answer): number | string => (typeof body['code'] === 'string' ? body['code'] : status);

/** Somebody in an account of a server, and what may be asked of it whatever else goes on. */
export class World {
  #number = 0;
  /** As it was last acknowledged. */
  #role = 'staff';
  private constructor(
    readonly server: Server,
    readonly accountId: string,
    readonly userId: string,
    readonly applicationId: string,
  ) {}

  static async in(server: Server): Promise<World> {
    const { id } = await openAccount(server, 'Steady');
    const application = await activeApplication(server, 'Steady');
    await assign(server, id, application);
    const userId = await member(server, id, 'sue@steady.example', { applicationIds: [application] });
    return new World(server, id, userId, application);
  }

  /** Needs no key and no claim. */
  async changeRole(): Promise<number | string> {
    const role = this.#role === 'staff' ? 'viewer' : 'staff';
    const path = `/v1/accounts/${this.accountId}/members/${this.userId}/role`;
    const answer = await this.server.call('PUT', path, { role });
    if (answer.status === 200) this.#role = role;
    return brief(answer);
  }

  /** Claims a name. */
  async register(): Promise<number | string> {
    return brief(await this.server.call('POST', '/v1/applications', { name: `Registered ${(this.#number += 1)}` }));
  }

  /** Has a mail sent. */
  async invite(): Promise<number | string> {
    const email = `guest${(this.#number += 1)}@steady.example`;
    const body = { firstName: 'Guy', lastName: 'Guest', email, role: 'viewer' };
    return brief(await this.server.call('POST', `/v1/accounts/${this.accountId}/invitations`, body));
  }

  async check(): Promise<number | string> {
    const { accountId, userId, applicationId } = this;
    return brief(await this.server.call('POST', '/v1/check', { accountId, userId, applicationId }));
  }

  async list(): Promise<number | string> {
    return brief(await this.server.call('GET', `/v1/users?accountId=${this.accountId}`));
  }

  async head(): Promise<unknown> {
    return (await this.server.ok('GET', '/v1/operations/status'))['head'];
  }

  /** What readiness says of the disk. */
  async disk(): Promise<{ readonly status: number; readonly detail: string }> {
    const { status, body } = await this.server.call('GET', '/health/ready', undefined, { key: null });
    const { disk } = body['checks'] as Record<string, { detail: string }>;
    return { status, detail: disk?.detail ?? '' };
  }

  /** Resolves once readiness says of the disk what is looked for, which is tried meanwhile. */
  async untilDisk(says: (detail: string) => boolean, tried?: () => Promise<unknown>): Promise<void> {
    while (!says((await this.disk()).detail)) await (tried?.() ?? wait(20));
  }

  async untilReady(): Promise<void> {
    while ((await this.disk()).status !== 200) await wait(20);
  }

  /** The views that a rebuild makes otherwise. */
  async viewsAmiss(): Promise<readonly unknown[]> {
    const { items } = await this.server.ok('GET', '/v1/operations/views');
    const proofs: [string, Body][] = [];
    for (const { name } of items as readonly { name: string }[])
      proofs.push([name, await this.server.ok('POST', `/v1/operations/views/${name}/verify`)]);
    return proofs.filter(([, { equal }]) => equal !== true);
  }
}
