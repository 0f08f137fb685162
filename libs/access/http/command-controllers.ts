import { AcceptInvitationRoute } from './commands/accept-invitation.js';
import { ActivateApplicationRoute } from './commands/activate-application.js';
import { AssignApplicationRoute } from './commands/assign-application.js';
import { ChangeRoleRoute } from './commands/change-role.js';
import { ChooseDefaultApplicationRoute } from './commands/choose-default-application.js';
import { DeactivateApplicationRoute } from './commands/deactivate-application.js';
import { DeclineInvitationRoute } from './commands/decline-invitation.js';
import { GrantAccessRoute } from './commands/grant-access.js';
import { GrantAccessToManyRoute } from './commands/grant-access-to-many.js';
import { InviteUserRoute } from './commands/invite-user.js';
import { IssueApiKeyRoute } from './commands/issue-api-key.js';
import { LookUpInvitationRoute } from './commands/look-up-invitation.js';
import { OpenAccountRoute } from './commands/open-account.js';
import { RegisterApplicationRoute } from './commands/register-application.js';
import { RemoveMemberRoute } from './commands/remove-member.js';
import { ResendInvitationRoute } from './commands/resend-invitation.js';
import { RevokeAccessRoute } from './commands/revoke-access.js';
import { RevokeAccessFromManyRoute } from './commands/revoke-access-from-many.js';
import { RevokeApiKeyRoute } from './commands/revoke-api-key.js';
import { RevokeInvitationRoute } from './commands/revoke-invitation.js';
import { UnassignApplicationRoute } from './commands/unassign-application.js';

/** Every route that takes a command, one file each. */
export const commandControllers = [
  RegisterApplicationRoute,
  ActivateApplicationRoute,
  DeactivateApplicationRoute,
  ChooseDefaultApplicationRoute,
  OpenAccountRoute,
  AssignApplicationRoute,
  UnassignApplicationRoute,
  InviteUserRoute,
  ResendInvitationRoute,
  RevokeInvitationRoute,
  AcceptInvitationRoute,
  DeclineInvitationRoute,
  LookUpInvitationRoute,
  ChangeRoleRoute,
  GrantAccessRoute,
  GrantAccessToManyRoute,
  RevokeAccessRoute,
  RevokeAccessFromManyRoute,
  RemoveMemberRoute,
  IssueApiKeyRoute,
  RevokeApiKeyRoute,
];
