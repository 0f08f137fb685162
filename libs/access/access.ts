import type { Aggregate } from '#eventing/aggregate.js';
import type { CommandLoop, Decision, ReadOptions } from '#eventing/command-loop.js';
import type { Outcome } from '#eventing/command.js';
import { erasedText } from '#eventing/event-sealer.js';
import type { Leases } from '#eventing/leases.js';
import { AppendTooLarge } from '#eventing/event-store.js';
import { Refusal } from '#eventing/refusal.js';
import type { Vault } from '#eventing/vault.js';
import { type Claim, claimUnique, confirmClaim, holderOf } from '#privacy/claims.js';
import { invitationToken, tokenSha256 } from '#privacy/invitation-token.js';
import type { Privacy } from '#privacy/privacy.js';
import { type Account, accountAggregate } from './account/account.js';
import { apiKeyAggregate, keyStatus } from './api-key/api-key.js';
import { type Application, applicationAggregate, type Applications } from './application/application.js';
import type { CallerContext } from './caller.js';
import { builtInRoles } from './role/role-table.js';
import { type Role, roleAggregate, type Roles } from './role/role.js';
import { type SealedText, userAggregate } from './user/user.js';

/** What the product is told by its configuration. */
export interface AccessSettings {
  /** The first is given when none is named. */
  readonly plans: readonly string[];
}

export interface Person {
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
}

/** Something that only one may hold. */
export interface Unique {
  readonly kind: 'email' | 'application-name' | 'application-external-id' | 'account-external-id';
  /** Normalised: equal texts are the same thing. */
  readonly text: string;
  readonly holder: string;
  /** Whether someone's stream holds it now. */
  readonly holds: (id: string) => Promise<boolean>;
}

/** What use cases work with: the loop, the catalogues at their heads, claims, and people's own records. */
export class Access {
  #builtIn: { readonly at: number; readonly roles: ReadonlyMap<string, Role> } | undefined;

  constructor(
    readonly loop: CommandLoop,
    readonly settings: AccessSettings,
    private readonly vault: Vault,
    private readonly leases: Leases,
    private readonly privacy: Privacy,
    private readonly blindIndex: (kind: string, normalisedText: string) => string,
    /** The ids of keys that were issued with everything on the platform. */
    private readonly operatorKeys: () => Promise<readonly string[]>,
    private readonly reading: ReadOptions = {},
  ) {}

  /** The same for lists, which go on with what was last known where the log can't be asked. */
  evenStale(): Access {
    const { loop, settings, vault, leases, privacy, blindIndex, operatorKeys } = this;
    return new Access(loop, settings, vault, leases, privacy, blindIndex, operatorKeys, { evenStale: true });
  }

  /** Brings a command to one stream. @throws Refusal the decision's own, or `body-too-large` for more than one append holds */
  async decide<State>(
    aggregate: Aggregate<State>,
    id: string,
    command: CallerContext,
    decide: Decision<State>['decide'],
    revisionOf?: Decision<State>['revisionOf'],
  ): Promise<Outcome> {
    const decision = { aggregate, id, context: command, decide, ...(revisionOf && { revisionOf }) };
    try {
      return await this.loop.execute(decision);
    } catch (error) {
      // A long reason is written with every event of a command over many things.
      throw error instanceof AppendTooLarge ? new Refusal('body-too-large') : error;
    }
  }

  /** Looks at an account's state, today; what the function gives must not hold on to the state. */
  async account<Result>(id: string, look: (account: Account) => Result): Promise<Result> {
    return this.loop.read(accountAggregate, id, look, this.reading);
  }

  /** The built-in roles and those named, at their heads. */
  async roles(...ids: readonly (string | null | undefined)[]): Promise<Roles> {
    const builtIn = await this.#builtInRoles();
    const others = ids.filter((id) => typeof id === 'string' && !builtIn.has(id));
    if (others.length === 0) return builtIn;
    const named = await this.#catalogue<Role>(roleAggregate, others);
    return { get: (id) => named.get(id) ?? builtIn.get(id) };
  }

  /** Looks at an account's state with the roles that the caller's rights in it depend on; nothing given may hold on to the state. */
  async accountWithRoles<Result>(
    id: string,
    { caller }: Pick<CallerContext, 'caller'>,
    look: (account: Account, roles: Roles) => Result,
  ): Promise<Result> {
    const roles = await this.roles(await this.account(id, ({ members }) => members.get(caller.id)?.role));
    return this.account(id, (account) => look(account, roles));
  }

  /** What a decision in an account must know of roles: the caller's own there, a target's, and those named. */
  async rolesFor(
    account: Account,
    { caller }: CallerContext,
    ...ids: readonly (string | null | undefined)[]
  ): Promise<Roles> {
    return this.roles(account.members.get(caller.id)?.role, ...ids);
  }

  /** The applications named, at their heads. */
  async applications(ids: readonly string[]): Promise<Applications> {
    return this.#catalogue<Application>(applicationAggregate, ids);
  }

  async application(id: string): Promise<Application | undefined> {
    return (await this.applications([id])).get(id);
  }

  /** Works on one thing at a time, in all processes: for what spans streams, and so has no stream to be decided on. */
  async oneByOne<Result>(thing: string, work: () => Promise<Result>): Promise<Result> {
    return this.leases.inTurn(thing, work);
  }

  /** Whether no other key runs the whole installation, each looked at now. */
  async isLastOperatorKey(keyId: string): Promise<boolean> {
    const others = (await this.operatorKeys()).filter((id) => id !== keyId);
    const now = new Date().toISOString();
    const active = await Promise.all(
      others.map((id) => this.loop.read(apiKeyAggregate, id, (key) => keyStatus(key, now) === 'active')),
    );
    return !active.includes(true);
  }

  /** Whether an id is somebody's, and they are not erased. */
  async isUser(id: string): Promise<boolean> {
    return this.loop.read(userAggregate, id, ({ revision, status }) => revision >= 0n && status === 'registered');
  }

  /** The person's own name and e-mail, `[erased]` once erased; undefined for nobody. */
  async person(userId: string): Promise<Person | undefined> {
    const user = await this.loop.read(userAggregate, userId, ({ ...state }) => state, this.reading);
    if (user.revision < 0n) return undefined;
    const [{ firstName = erasedText, lastName = erasedText }, { email = erasedText }] = await Promise.all([
      this.#opened(userId, user.name),
      this.#opened(userId, user.email),
    ]);
    return { firstName, lastName, email };
  }

  /** The SHA-256 of the token of an invitation's issue. */
  async tokenSha256(userId: string, invitationId: string, issue: number): Promise<string> {
    return tokenSha256(await this.token(userId, invitationId, issue));
  }

  async token(userId: string, invitationId: string, issue: number): Promise<string> {
    return invitationToken(this.privacy, userId, invitationId, issue);
  }

  /** Whoever holds something unique, by their own stream. */
  async holderOf({ kind, text, holds }: Omit<Unique, 'holder'>): Promise<string | undefined> {
    return holderOf(this.vault, { kind, index: this.blindIndex(kind, text), holds });
  }

  /**
   * Has a stream written that holds something unique: claims it, writes, confirms. Gives whoever stands: the holder, or another
   * whose stream holds it already; then nothing was written. After `write` the holder's stream must hold the text.
   */
  async unique(thing: Unique, write: () => Promise<unknown>): Promise<string> {
    const { kind, text, holder, holds } = thing;
    const claim: Claim = { kind, index: this.blindIndex(kind, text), holder, holds };
    return this.oneByOne(`claim/${claim.index}`, async () => {
      const standing = await claimUnique(this.vault, claim);
      if (standing !== holder) return standing;
      await write();
      return confirmClaim(this.vault, claim);
    });
  }

  /** They change only when another build of the product starts, and nobody is told of it: a second does not matter. */
  async #builtInRoles(): Promise<ReadonlyMap<string, Role>> {
    const now = performance.now();
    if (this.#builtIn === undefined || now - this.#builtIn.at > 1_000)
      this.#builtIn = { at: now, roles: await this.#catalogue<Role>(roleAggregate, [...builtInRoles.keys()]) };
    return this.#builtIn.roles;
  }

  async #catalogue<State extends { readonly revision: bigint }>(
    aggregate: Aggregate<State>,
    ids: readonly (string | null | undefined)[],
  ): Promise<ReadonlyMap<string, State>> {
    const wanted = [...new Set(ids)].filter((id): id is string => typeof id === 'string');
    const states = await Promise.all(
      wanted.map(async (id) => {
        return [id, await this.loop.read(aggregate, id, (state) => ({ ...state }), this.reading)] as const;
      }),
    );
    return new Map(states.filter(([, { revision }]) => revision >= 0n));
  }

  async #opened(subject: string, text: SealedText | null): Promise<Partial<Person>> {
    if (text === null) return {};
    const fields = Object.entries(text.sealed).map(async ([field, sealed]) => {
      const place = { stream: text.stream, eventId: text.eventId, field };
      return [field, (await this.privacy.open(subject, place, sealed as string)) ?? erasedText];
    });
    return Object.fromEntries(await Promise.all(fields)) as Partial<Person>;
  }
}
