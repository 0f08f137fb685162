import { type Problem, refuse, refuseAll } from '#eventing/refusal.js';
import type { Applications } from '../application/application.js';
import { command } from '../caller.js';
import type { AccessFact } from '../events.js';
import { requirePermission } from '../permission.js';
import type { Roles } from '../role/role.js';
import type { Account } from './account.js';
import { applicationProblem } from './application-problem.js';
import { expired } from './expire-invitation.js';
import { requireGivable } from './given-role.js';
import { invitationIdOf, invited } from './invite.js';
import { type TokenSha256, pendingInvitation, statusAt } from './invitation.js';
import { presentMember } from './member.js';

/** `userId` is whoever has claimed the e-mail. */
export class InviteUser extends command<{
  accountId: string;
  userId: string;
  firstName: string;
  lastName: string;
  email: string;
  role: string;
  applicationIds?: readonly string[] | undefined;
  teamId?: string | undefined;
  /** 1–30, 7 when left out. */
  expiresInDays?: number | undefined;
}>() {}

export const inviteUser = (
  command: InviteUser,
  account: Account,
  roles: Roles,
  applications: Applications,
  tokenSha256: TokenSha256,
): AccessFact[] => {
  const { caller, userId, firstName, lastName, email, role, teamId, applicationIds = [], expiresInDays } = command;
  const person = { userId, firstName, lastName, email };
  const missing = teamId === undefined ? 'team-required' : 'team-not-found';
  requirePermission(caller, account, roles, 'members:invite', { teamId: teamId ?? null, missing });
  if (teamId !== undefined && !account.teams.has(teamId)) refuse('team-not-found');
  // A repetition that is remembered no more: its invitation is there, whatever has become of it.
  if (account.invitations.has(invitationIdOf(command, userId))) return [];
  requireGivable(caller, account, roles, role);
  refuseAll(applicationProblems(account, applications, applicationIds));
  if (presentMember(account, userId) !== undefined) refuse('already-member');

  const earlier = pendingInvitation(account, userId);
  if (earlier !== undefined && statusAt(earlier, command.now) === 'pending')
    refuse('invitation-pending', { invitationId: earlier.id });
  return [
    ...(earlier === undefined ? [] : [expired(account, earlier)]),
    invited(command, { ...person, role, teamId, applicationIds, expiresInDays }, tokenSha256),
  ];
};

const applicationProblems = (account: Account, applications: Applications, ids: readonly string[]): Problem[] =>
  ids.flatMap((id, index) => {
    const code = applicationProblem(account, applications, id);
    return code === undefined ? [] : [{ code, pointer: `/applicationIds/${index}`, id }];
  });
