import type { Outcome } from '#eventing/command.js';
import { refuse } from '#eventing/refusal.js';
import { AcceptInvitation, acceptInvitation } from '../account/accept-invitation.js';
import { accountAggregate } from '../account/account.js';
import type { Access, Person } from '../access.js';
import { altered, type Caller, withoutIfMatch } from '../caller.js';
import type { AccessFact } from '../events.js';
import type { UseCase } from '../use-case.js';
import { RenameUser, renameUser } from '../user/rename-user.js';
import { userAggregate } from '../user/user.js';

/**
 * Accepts in three steps: tried without writing, then the person takes the name that they gave, then it is decided for good.
 * A crash in between leaves a person with the name they wanted and a token that still works.
 */
export const acceptInvitationProcess: UseCase<AcceptInvitation> = {
  command: AcceptInvitation,
  run: async (command, access) => {
    const { accountId, invitationId } = command;
    const userId = await access.account(accountId, (account) => account.invitations.get(invitationId)?.userId);
    if (userId === undefined || !(await access.isUser(userId))) return refuse('invitation-not-found');

    const invitee: Caller = { kind: 'user', id: userId, permissions: [] };
    const own = altered(command, { caller: invitee, actor: { kind: 'user', id: userId } });
    const outcome = await access.oneByOne(`accept/${userId}`, async () => {
      const trial = await decided(access, altered(own, { dryRun: true }), userId);
      if (trial.replayed || command.dryRun === true) return trial;
      await rename(access, own, userId);
      return decided(access, own, userId);
    });
    const applications = await applicationsOf(access, accountId, invitationId, outcome.facts as AccessFact[]);
    return { id: invitationId, outcome, more: { accountId, userId, ...applications } };
  },
};

const decided = async (access: Access, command: AcceptInvitation, userId: string): Promise<Outcome> => {
  const { accountId, invitationId } = command;
  return access.decide(
    accountAggregate,
    accountId,
    command,
    async (account) => {
      const named = account.invitations.get(invitationId)?.applications.keys() ?? [];
      const [applications, present] = await Promise.all([access.applications([...named]), personOf(access, userId)]);
      return acceptInvitation(command, account, applications, withGivenName(command, present));
    },
    (account) => account.invitations.get(invitationId)?.revision,
  );
};

const personOf = async (access: Access, userId: string): Promise<Person> =>
  (await access.person(userId)) ?? refuse('invitation-not-found');

const withGivenName = ({ firstName, lastName }: AcceptInvitation, present: Person): Person => ({
  firstName: firstName ?? present.firstName,
  lastName: lastName ?? present.lastName,
  email: present.email,
});

const rename = async (access: Access, command: AcceptInvitation, userId: string): Promise<void> => {
  const present = await personOf(access, userId);
  const { firstName, lastName } = withGivenName(command, present);
  const renaming = new RenameUser({ userId, firstName, lastName }, withoutIfMatch(command));
  await access.decide(userAggregate, userId, renaming, (user) => renameUser(renaming, user, present));
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
