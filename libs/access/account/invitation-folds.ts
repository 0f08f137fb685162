import type { Folds } from '../folds.js';
import type { Account } from './account-state.js';
import type { InvitationStatus } from './invitation.js';

const closed =
  (status: InvitationStatus) =>
  (account: Account, { invitationId }: { invitationId: string }, { revision }: { revision: bigint }): void => {
    const invitation = account.invitations.get(invitationId);
    if (invitation === undefined) return;
    invitation.status = status;
    invitation.revision = revision;
    if (account.pending.get(invitation.userId) === invitationId) account.pending.delete(invitation.userId);
  };

/** Invitations in an account. */
export const invitationFolds: Folds<Account> = {
  UserInvited: (account, data, { id, revision, metadata }) => {
    const { invitationId, issue, userId, role, teamId = null, expiresAt, tokenSha256 } = data;
    account.invitations.set(invitationId, {
      id: invitationId,
      userId,
      role,
      teamId,
      applications: new Map(data.applicationIds.map((applicationId) => [applicationId, revision])),
      lostApplicationIds: [],
      status: 'pending',
      issue,
      issuedAt: metadata['decidedAt'] ?? '',
      expiresAt,
      tokenSha256,
      invitedBy: id,
      revision,
    });
    account.pending.set(userId, invitationId);
  },
  InvitationResent: (account, { invitationId, issue, tokenSha256, expiresAt }, { revision, metadata }) => {
    const invitation = account.invitations.get(invitationId);
    if (invitation === undefined) return;
    Object.assign(invitation, { issue, tokenSha256, expiresAt, issuedAt: metadata['decidedAt'] ?? '', revision });
  },
  InvitationAccepted: (account, data, event) => {
    const invitation = account.invitations.get(data.invitationId);
    if (invitation !== undefined) invitation.lostApplicationIds = data.lostApplicationIds;
    closed('accepted')(account, data, event);
  },
  InvitationDeclined: closed('declined'),
  InvitationRevoked: closed('revoked'),
  InvitationExpired: closed('expired'),
};
