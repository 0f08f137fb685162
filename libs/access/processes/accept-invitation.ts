import { refuse } from '#eventing/refusal.js';
import { AcceptInvitation, acceptInvitation } from '../account/accept-invitation.js';
import { accountAggregate } from '../account/account.js';
import type { Access, Person } from '../access.js';
import { altered, type Caller } from '../caller.js';
import type { AccessFact } from '../events.js';
import type { UseCase } from '../use-case.js';
import { RenameUser, renameUser } from '../user/rename-user.js';
import { userAggregate } from '../user/user.js';

/** Joins the account, and then takes over the name that the person gave with the acceptance. */
export const acceptInvitationProcess: UseCase<AcceptInvitation> = {
  command: AcceptInvitation,
  run: async (command, access) => {
    const { accountId, invitationId } = command;
    const userId = await access.account(accountId, (account) => account.invitations.get(invitationId)?.userId);
    const present = userId === undefined ? undefined : await access.person(userId);
    if (userId === undefined || present === undefined) return refuse('invitation-not-found');

    const invitee: Caller = { kind: 'user', id: userId, permissions: [] };
    const own = altered(command, { caller: invitee, actor: { kind: 'user', id: userId } });
    const { firstName = present.firstName, lastName = present.lastName } = command;
    const person: Person = { firstName, lastName, email: present.email };
    const outcome = await access.decide(accountAggregate, accountId, own, async (account) => {
      const named = account.invitations.get(invitationId)?.applications.keys() ?? [];
      return acceptInvitation(own, account, await access.applications([...named]), person);
    });
    if (command.dryRun !== true) await rename(access, new RenameUser({ userId, firstName, lastName }, own), present);
    const applications = await applicationsOf(access, accountId, invitationId, outcome.facts as AccessFact[]);
    return { id: invitationId, outcome, more: { accountId, userId, ...applications } };
  },
};

const rename = async (access: Access, command: RenameUser, present: Person): Promise<void> => {
  await access.decide(userAggregate, command.userId, command, (user) => renameUser(command, user, present));
};

/** What was given and what was lost: from the decision, or from the invitation as it ended when the answer is a repetition. */
const applicationsOf = async (
  access: Access,
  accountId: string,
  invitationId: string,
  facts: readonly AccessFact[],
) => {
  const accepted = facts.find(({ type }) => type === 'InvitationAccepted');
  const lostApplicationIds = accepted?.type === 'InvitationAccepted' ? accepted.data.lostApplicationIds : undefined;
  return access.account(accountId, (account) => {
    const invitation = account.invitations.get(invitationId);
    const lost = lostApplicationIds ?? invitation?.lostApplicationIds ?? [];
    return {
      applicationIds: [...(invitation?.applications.keys() ?? [])].filter((id) => !lost.includes(id)),
      lostApplicationIds: [...lost],
    };
  });
};
