import { AssignApplication, assignApplication } from './account/assign-application.js';
import { ChangeRole, changeRole } from './account/change-role.js';
import { ContinueCascade, continueCascade } from './account/continue-cascade.js';
import { DeclineInvitation, declineInvitation } from './account/decline-invitation.js';
import { ExpireAccess, expireAccess } from './account/expire-access.js';
import { ExpireInvitation, expireInvitation } from './account/expire-invitation.js';
import { GrantAccess, grantAccess } from './account/grant-access.js';
import { GrantAccessToMany, grantAccessToMany } from './account/grant-access-to-many.js';
import { RemoveMember, removeMember } from './account/remove-member.js';
import { ResendInvitation, resendInvitation } from './account/resend-invitation.js';
import { RevokeAccess, revokeAccess } from './account/revoke-access.js';
import { RevokeAccessFromMany, revokeAccessFromMany } from './account/revoke-access-from-many.js';
import { RevokeInvitation, revokeInvitation } from './account/revoke-invitation.js';
import { UnassignApplication, unassignApplication } from './account/unassign-application.js';
import type { Account } from './account/account.js';
import { ActivateApplication, activateApplication } from './application/activate-application.js';
import { DeactivateApplication, deactivateApplication } from './application/deactivate-application.js';
import { acceptInvitationProcess } from './processes/accept-invitation.js';
import { inviteUserProcess } from './processes/invite-user.js';
import { issueApiKeyProcess, revokeApiKeyProcess } from './processes/issue-api-key.js';
import { onApplication } from './processes/on-application.js';
import { openAccountProcess } from './processes/open-account.js';
import { chooseDefaultApplicationProcess } from './processes/choose-default-application.js';
import { registerApplicationProcess } from './processes/register-application.js';
import { type AnyUseCase, onAccount } from './use-case.js';

const ofMember = {
  id: ({ userId }: { readonly userId: string }) => userId,
  revisionOf: ({ userId }: { readonly userId: string }, account: Account) => account.members.get(userId)?.revision,
};
const ofInvitation = {
  id: ({ invitationId }: { readonly invitationId: string }) => invitationId,
  revisionOf: ({ invitationId }: { readonly invitationId: string }, account: Account) =>
    account.invitations.get(invitationId)?.revision,
};
const ofAssignment = {
  id: ({ applicationId }: { readonly applicationId: string }) => applicationId,
  revisionOf: ({ applicationId }: { readonly applicationId: string }, account: Account) =>
    account.assignments.get(applicationId)?.revision,
};

/** Every command of the product. A decision that needs no more than its account is one line here; the others have a process. */
export const useCases: readonly AnyUseCase[] = [
  registerApplicationProcess,
  onApplication(ActivateApplication, activateApplication),
  onApplication(DeactivateApplication, deactivateApplication),
  chooseDefaultApplicationProcess,

  issueApiKeyProcess,
  revokeApiKeyProcess,

  openAccountProcess,
  onAccount(AssignApplication, {
    decide: async (command, account, access) =>
      assignApplication(
        command,
        account,
        await access.rolesFor(account, command),
        await access.applications(command.applicationIds),
      ),
  }),
  onAccount(UnassignApplication, {
    ...ofAssignment,
    decide: async (command, account, access) =>
      unassignApplication(command, account, await access.rolesFor(account, command)),
  }),

  inviteUserProcess,
  onAccount(ResendInvitation, {
    ...ofInvitation,
    decide: async (command, account, access) => {
      const { userId = '', issue = 0 } = account.invitations.get(command.invitationId) ?? {};
      const token = userId === '' ? '' : await access.tokenSha256(userId, command.invitationId, issue + 1);
      return resendInvitation(command, account, await access.rolesFor(account, command), () => token);
    },
  }),
  onAccount(RevokeInvitation, {
    ...ofInvitation,
    decide: async (command, account, access) =>
      revokeInvitation(command, account, await access.rolesFor(account, command)),
  }),
  onAccount(ExpireInvitation, { ...ofInvitation, decide: expireInvitation }),
  acceptInvitationProcess,
  onAccount(DeclineInvitation, { ...ofInvitation, decide: declineInvitation }),

  onAccount(ChangeRole, {
    ...ofMember,
    decide: async (command, account, access) => {
      const member = account.members.get(command.userId);
      const own = member?.accesses.get(command.applicationId ?? '')?.role;
      return changeRole(command, account, await access.rolesFor(account, command, command.role, member?.role, own));
    },
  }),
  onAccount(GrantAccess, {
    ...ofMember,
    decide: async (command, account, access) =>
      grantAccess(
        command,
        account,
        await access.rolesFor(account, command, command.role),
        await access.applications(command.applicationIds),
      ),
  }),
  onAccount(GrantAccessToMany, {
    decide: async (command, account, access) =>
      grantAccessToMany(
        command,
        account,
        await access.rolesFor(account, command, ...command.grants.map(({ role }) => role)),
        await access.applications(command.grants.map(({ applicationId }) => applicationId)),
      ),
  }),
  onAccount(RevokeAccess, {
    ...ofMember,
    decide: async (command, account, access) => revokeAccess(command, account, await access.rolesFor(account, command)),
  }),
  onAccount(RevokeAccessFromMany, {
    decide: async (command, account, access) =>
      revokeAccessFromMany(command, account, await access.rolesFor(account, command)),
  }),
  onAccount(ExpireAccess, { ...ofMember, decide: expireAccess }),
  onAccount(RemoveMember, {
    ...ofMember,
    decide: async (command, account, access) => {
      const role = account.members.get(command.userId)?.role;
      return removeMember(command, account, await access.rolesFor(account, command, role));
    },
  }),
  onAccount(ContinueCascade, { decide: continueCascade }),
];
