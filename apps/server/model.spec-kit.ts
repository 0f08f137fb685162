import type { Access } from '#access/access.js';
import { AcceptInvitation } from '#access/account/accept-invitation.js';
import { AssignApplication } from '#access/account/assign-application.js';
import { ChangeRole } from '#access/account/change-role.js';
import { DeclineInvitation } from '#access/account/decline-invitation.js';
import { ExpireAccess } from '#access/account/expire-access.js';
import { ExpireInvitation } from '#access/account/expire-invitation.js';
import { GrantAccess } from '#access/account/grant-access.js';
import { InviteUser } from '#access/account/invite-user.js';
import { OpenAccount } from '#access/account/open-account.js';
import { RemoveMember } from '#access/account/remove-member.js';
import { ResendInvitation } from '#access/account/resend-invitation.js';
import { RevokeAccess } from '#access/account/revoke-access.js';
import { RevokeInvitation } from '#access/account/revoke-invitation.js';
import { UnassignApplication } from '#access/account/unassign-application.js';
import { ActivateApplication } from '#access/application/activate-application.js';
import { DeactivateApplication } from '#access/application/deactivate-application.js';
import { RegisterApplication } from '#access/application/register-application.js';
import type { Caller, CallerContext } from '#access/caller.js';
import { ChooseDefaultApplication } from '#access/platform/choose-default-application.js';
import { Refusal } from '#eventing/refusal.js';
import { keyed, operator, run } from './installation.spec-kit.js';

/** Numbers that follow from a seed (mulberry32, Tommy Ettinger, public domain). */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export const accountIds = ['acc_a', 'acc_b'] as const;
export const applicationIds = ['app_a', 'app_b', 'app_c', 'app_d'] as const;
const emails = ['ann', 'ben', 'cem', 'dora', 'eve'].map((name) => `${name}@example.com`);
const roles = ['owner', 'admin', 'staff', 'viewer'] as const;
const system: Caller = { kind: 'system', id: 'system' };
const dayMs = 24 * 3_600_000;

/** A life of two accounts: commands as they come, of which many are refused. */
export class Life {
  /** How many commands were taken. */
  taken = 0;
  readonly #random: () => number;
  #clock = Date.now();
  #asked = 0;

  constructor(
    readonly access: Access,
    seed: number,
  ) {
    this.#random = randomFrom(seed);
  }

  get now(): string {
    return new Date(this.#clock).toISOString();
  }

  async begin(): Promise<void> {
    for (const applicationId of applicationIds) {
      const publisherAccountId = applicationId === 'app_d' ? 'acc_a' : undefined;
      if (publisherAccountId !== undefined) await this.#open();
      const said = { applicationId, name: applicationId, publisherAccountId };
      await this.#ask((context) => new RegisterApplication(said, context));
      if (applicationId === 'app_a')
        await this.#ask((context) => new ChooseDefaultApplication({ applicationId }, context));
    }
  }

  async go(steps: number): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      if (this.#chance(0.3)) this.#clock += Math.floor(this.#random() * 2 * dayMs);
      await this.#step();
    }
  }

  async #open(): Promise<void> {
    for (const accountId of accountIds) {
      const owner = { userId: '', firstName: 'Olga', lastName: 'Owner', email: this.#pick(emails) };
      await this.#ask((context) => new OpenAccount({ accountId, name: accountId, owner }, context));
    }
  }

  async #step(): Promise<void> {
    const accountId = this.#pick(accountIds);
    const applicationId = this.#pick(applicationIds);
    const { members, invitations, due } = await this.access.account(accountId, (account) => ({
      members: [...account.members.keys()],
      invitations: [...account.invitations.values()].map(({ id, issue, tokenSha256 }) => ({ id, issue, tokenSha256 })),
      due: [...account.members.values()].flatMap((member) =>
        [...member.accesses.values()].map(({ grantId, userId, applicationId }) => ({ grantId, userId, applicationId })),
      ),
    }));
    const userId = this.#pick(members.length > 0 ? members : ['usr_nobody']);
    const invitation = this.#pick(
      invitations.length > 0 ? invitations.slice(-3) : [{ id: '', issue: 1, tokenSha256: '' }],
    );
    const { id: invitationId, issue, tokenSha256 } = invitation;
    const role = this.#pick(roles);
    const named = applicationIds.filter(() => this.#chance(0.4));
    const person = { userId: '', firstName: this.#pick(['Al', 'Bo']), lastName: this.#pick(['Ray', 'Sun']) };
    const email = this.#spelt(this.#pick(emails));
    const given = { firstName: this.#maybe('Zoe'), lastName: this.#maybe('Zed') };
    const expiresAt = this.#maybe(new Date(this.#clock + Math.floor(this.#random() * 3 * dayMs)).toISOString());
    const inviting = { ...person, accountId, email, role, applicationIds: named, expiresInDays: 1 + (this.#asked % 5) };
    const token = { accountId, invitationId, tokenSha256 };
    const access = { accountId, userId, applicationId };

    const commands: readonly ((context: CallerContext) => CallerContext)[] = [
      (context) => new InviteUser(inviting, context),
      (context) => new InviteUser(inviting, context),
      (context) => new AcceptInvitation({ ...token, ...given }, context),
      (context) => new AcceptInvitation({ ...token, ...given }, context),
      (context) => new DeclineInvitation(token, context),
      (context) => new ResendInvitation({ accountId, invitationId }, context),
      (context) => new RevokeInvitation({ accountId, invitationId }, context),
      (context) => new AssignApplication({ accountId, applicationIds: named }, context),
      (context) => new UnassignApplication({ accountId, applicationId }, context),
      (context) => new GrantAccess({ accountId, userId, applicationIds: named, expiresAt }, context),
      (context) => new GrantAccess({ accountId, userId, applicationIds: [applicationId], role, expiresAt }, context),
      (context) => new RevokeAccess(access, context),
      (context) => new ChangeRole({ accountId, userId, role }, context),
      (context) => new ChangeRole({ ...access, role: this.#maybe(role) ?? null }, context),
      (context) => new RemoveMember({ accountId, userId }, context),
      (context) => new ActivateApplication({ applicationId }, context),
      (context) => new DeactivateApplication({ applicationId }, context),
      (context) => new ChooseDefaultApplication({ applicationId }, context),
      (context) => new ExpireInvitation({ accountId, invitationId, issue }, { ...context, caller: system }),
      (context) =>
        new ExpireAccess(
          { accountId, ...this.#pick(due.length > 0 ? due : [nothing]) },
          { ...context, caller: system },
        ),
    ];
    await this.#ask(this.#pick(commands));
  }

  /** Now and then a command is asked twice, as by somebody who heard no answer. */
  async #ask(commandOf: (context: CallerContext) => CallerContext): Promise<void> {
    this.#asked += 1;
    const command = commandOf(keyed(`asked ${this.#asked}`, operator, { now: this.now }));
    for (let time = 0; time < (this.#chance(0.1) ? 2 : 1); time += 1)
      try {
        const { outcome } = await run(this.access, command);
        if (outcome.changed) this.taken += 1;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
      }
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #pick<Value>(values: readonly Value[]): Value {
    return values[Math.floor(this.#random() * values.length)]!;
  }

  #maybe<Value>(value: Value): Value | undefined {
    return this.#chance(0.5) ? value : undefined;
  }

  #spelt(email: string): string {
    return this.#chance(0.5) ? email : ` ${email.toUpperCase()}`;
  }
}

const nothing = { grantId: '', userId: '', applicationId: '' };
