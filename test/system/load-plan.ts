import type { Random } from './random.js';
import type { Server } from './server.js';

export interface LoadCommand {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  /** Of an invitation: sent without a key then. */
  readonly token?: string;
  /** What the next commands can build on. */
  readonly done: (receipt: Readonly<Record<string, string>>) => void;
}

interface Place {
  readonly id: string;
  readonly applications: Set<string>;
  /** E-mail addresses of invited people. */
  readonly invited: Set<string>;
  readonly members: Set<string>;
}

const roles = ['admin', 'staff', 'reader', 'viewer', 'auditor'];
const nothing = (): void => undefined;

/** Chooses the next command from what earlier ones have made: mostly allowed, sometimes overtaken by another client. */
export class LoadPlan {
  readonly #places: Place[] = [];
  readonly #applications: string[] = [];
  readonly #inactive: string[] = [];
  #named = 0;

  constructor(
    readonly server: Server,
    readonly random: Random,
  ) {}

  async next(): Promise<LoadCommand> {
    const { random } = this;
    const place = random.of(this.#places);
    if (place === undefined || this.#places.length < 3) return this.#openAccount();
    if (this.#applications.length < 3) return this.#register();
    const choose = random.weighted<() => LoadCommand | undefined | Promise<LoadCommand | undefined>>([
      [1, () => this.#openAccount()],
      [2, () => this.#register()],
      [3, () => this.#activate()],
      [6, () => this.#assign(place)],
      [20, () => this.#invite(place)],
      [25, () => this.#accept(place)],
      [12, () => this.#changeRole(place)],
      [16, () => this.#grant(place)],
      [10, () => this.#revoke(place)],
      [4, () => this.#remove(place)],
    ]);
    return (await choose()) ?? this.#invite(place);
  }

  #openAccount(): LoadCommand {
    const name = `Account ${(this.#named += 1)}`;
    const email = `owner${this.#named}@example.com`;
    const done = ({ id = '' }): void => {
      this.#places.push({ id, applications: new Set(), invited: new Set([email]), members: new Set() });
    };
    return { method: 'POST', path: '/v1/accounts', body: { name, owner: { ...this.#person(), email } }, done };
  }

  #register(): LoadCommand {
    const body = { name: `Application ${(this.#named += 1)}` };
    const done = ({ id = '' }): void => {
      this.#applications.push(id);
      this.#inactive.push(id);
    };
    return { method: 'POST', path: '/v1/applications', body, done };
  }

  #activate(): LoadCommand | undefined {
    const id = this.#inactive.pop();
    return id === undefined
      ? undefined
      : { method: 'POST', path: `/v1/applications/${id}/activate`, body: {}, done: nothing };
  }

  #assign({ id, applications }: Place): LoadCommand {
    const applicationIds = [this.random.of(this.#applications)!];
    const done = (): void => applicationIds.forEach((application) => applications.add(application));
    return { method: 'POST', path: `/v1/accounts/${id}/applications`, body: { applicationIds }, done };
  }

  #invite({ id, applications, invited }: Place): LoadCommand {
    const email = `person${(this.#named += 1)}@example.com`;
    const applicationIds = [...applications].slice(0, this.random.below(3));
    const body = { ...this.#person(), email, role: this.random.of(roles), applicationIds };
    return { method: 'POST', path: `/v1/accounts/${id}/invitations`, body, done: () => void invited.add(email) };
  }

  async #accept({ invited, members }: Place): Promise<LoadCommand | undefined> {
    const email = this.random.of([...invited]);
    const mail = (await this.server.mails()).find(({ to }) => to === email);
    const token = /#([\w-]{43})/.exec(mail?.text ?? '')?.[1];
    if (email === undefined || token === undefined) return undefined;
    invited.delete(email);
    const done = ({ userId = '' }): void => void members.add(userId);
    return { method: 'POST', path: '/v1/invitations/accept', body: { token }, token, done };
  }

  #changeRole(place: Place): LoadCommand | undefined {
    const path = this.#memberOf(place);
    if (path === undefined) return undefined;
    return { method: 'PUT', path: `${path}/role`, body: { role: this.random.of(roles) }, done: nothing };
  }

  #grant(place: Place): LoadCommand | undefined {
    const path = this.#memberOf(place);
    const applicationIds = [this.random.of([...place.applications]) ?? ''];
    if (path === undefined || applicationIds[0] === '') return undefined;
    return { method: 'POST', path: `${path}/applications`, body: { applicationIds }, done: nothing };
  }

  #revoke(place: Place): LoadCommand | undefined {
    const path = this.#memberOf(place);
    const application = this.random.of([...place.applications]);
    if (path === undefined || application === undefined) return undefined;
    return { method: 'DELETE', path: `${path}/applications/${application}`, done: nothing };
  }

  #remove(place: Place): LoadCommand | undefined {
    const userId = this.random.of([...place.members]);
    if (userId === undefined) return undefined;
    place.members.delete(userId);
    return { method: 'DELETE', path: `/v1/accounts/${place.id}/members/${userId}`, done: nothing };
  }

  #memberOf({ id, members }: Place): string | undefined {
    const userId = this.random.of([...members]);
    return userId === undefined ? undefined : `/v1/accounts/${id}/members/${userId}`;
  }

  #person(): { firstName: string; lastName: string } {
    return { firstName: 'Pat', lastName: `No ${this.#named}` };
  }
}
