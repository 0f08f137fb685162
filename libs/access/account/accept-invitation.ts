import { derivedId } from '#eventing/ids.js';
import { refuse } from '#eventing/refusal.js';
import type { Applications } from '../application/application.js';
import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import type { Account } from './account.js';
import { openedBy, stillGives } from './invitation.js';

/** The token is the proof: whoever has it read the invited person's mail. The names become the person's own. */
export class AcceptInvitation extends command<{
  accountId: string;
  invitationId: string;
  tokenSha256: string;
  firstName?: string | undefined;
  lastName?: string | undefined;
}>() {}

/** `person` is the invited one's own name and e-mail, opened for this decision only. Joins the account with the promised role, and the promised applications that were not taken since. */
export const acceptInvitation = (
  command: AcceptInvitation,
  account: Account,
  applications: Applications,
  person: { readonly firstName: string; readonly lastName: string; readonly email: string },
): AccessFact[] => {
  const { accountId, invitationId, commandId } = command;
  const invitation = openedBy(account, command);
  if (account.status !== 'active') refuse(`account-${account.status}`);
  const { userId, role, teamId } = invitation;
  const { firstName, lastName, email } = person;
  const promised = [...invitation.applications.keys()];
  const given = promised.filter((id) => stillGives(account, invitation, id, applications));
  const lostApplicationIds = promised.filter((id) => !given.includes(id));
  return [
    fact('InvitationAccepted', { accountId, invitationId, userId, lostApplicationIds }),
    fact('MemberJoined', { accountId, userId, role, teamId: teamId ?? undefined, firstName, lastName, email }),
    ...given.map((applicationId) => {
      const grantId = derivedId('grt', commandId, userId, applicationId);
      return fact('AccessGranted', { accountId, grantId, userId, applicationId, origin: 'invitation' });
    }),
  ];
};
