import type { Outcome } from '#eventing/command.js';
import { type Account, accountAggregate } from '../account/account.js';
import { invitationMadeBy } from '../account/invitation.js';
import { invitationIdOf } from '../account/invite.js';
import { InviteUser, inviteUser } from '../account/invite-user.js';
import type { Access } from '../access.js';
import { altered } from '../caller.js';
import type { UseCase } from '../use-case.js';
import { probableUser, userOfEmail } from './user-of-email.js';

/**
 * Invites in three steps: the decision is tried without writing, then the person is registered if nobody has the e-mail,
 * then the invitation is decided for good. A crash in between leaves a person without an account, whom the next invitation finds.
 */
export const inviteUserProcess: UseCase<InviteUser> = {
  command: InviteUser,
  run: async (command, access) => {
    const userId = await probableUser(access, command, command.email);
    const trial = await decided(access, altered(command, { userId, dryRun: true }), () => '');
    const idOf = (id: string) => invitationIdOf(command, id);
    if (trial.replayed) {
      const made = await access.account(command.accountId, (account) => {
        const { id, userId } = invitationMadeBy(account, trial.events);
        return { id, more: { userId } };
      });
      return { ...made, outcome: trial, created: true };
    }
    if (command.dryRun === true) return { id: idOf(userId), outcome: trial, created: true };

    const registered = await userOfEmail(access, command, command);
    const token = await access.tokenSha256(registered, idOf(registered), 1);
    const outcome = await decided(access, altered(command, { userId: registered }), () => token);
    return { id: idOf(registered), outcome, created: true, more: { userId: registered } };
  },
};

const decided = async (access: Access, command: InviteUser, tokenSha256: () => string): Promise<Outcome> =>
  access.decide(
    accountAggregate,
    command.accountId,
    command,
    async (account: Account) => {
      const [roles, applications] = await Promise.all([
        access.rolesFor(account, command, command.role),
        access.applications(command.applicationIds ?? []),
      ]);
      return inviteUser(command, account, roles, applications, tokenSha256);
    },
    (account) => account.revision,
  );
