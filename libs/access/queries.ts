import { GetAccount, getAccount } from './queries/get-account.js';
import { GetApplication, getApplication } from './queries/get-application.js';
import { GetMe, getMe } from './queries/get-me.js';
import { GetMember, getMember } from './queries/get-member.js';
import { GetPlatform, getPlatform, GetPosition, getPosition } from './queries/get-platform.js';
import { GetUser, getUser, GetUserAccess, getUserAccess } from './queries/get-user.js';
import {
  GetAccountApplication,
  getAccountApplication,
  ListAccountApplications,
  listAccountApplications,
} from './queries/list-account-applications.js';
import { ListAccounts, listAccounts } from './queries/list-accounts.js';
import { GetApiKey, getApiKey, ListApiKeys, listApiKeys } from './queries/list-api-keys.js';
import {
  ListApplicationAccounts,
  listApplicationAccounts,
  ListApplicationUsers,
  listApplicationUsers,
} from './queries/list-application-accounts.js';
import { ListApplications, listApplications } from './queries/list-applications.js';
import { ListAuditLog, listAuditLog, ListMyAuditLog, listMyAuditLog } from './queries/list-audit-log.js';
import { GetInvitation, getInvitation, ListInvitations, listInvitations } from './queries/list-invitations.js';
import { ListPermissions, listPermissions } from './queries/list-permissions.js';
import { GetRole, getRole, GetRoleMatrix, getRoleMatrix, ListRoles, listRoles } from './queries/list-roles.js';
import { ListSharedAccounts, listSharedAccounts } from './queries/list-shared-accounts.js';
import { ListUsers, listUsers } from './queries/list-users.js';
import { answer, type AnyAnswering } from './queries/query.js';

/** Every question of the product, and how it is answered. */
export const queries: readonly AnyAnswering[] = [
  answer(ListAccounts, listAccounts),
  answer(GetAccount, getAccount),
  answer(ListApplications, listApplications),
  answer(GetApplication, getApplication),
  answer(ListApplicationAccounts, listApplicationAccounts),
  answer(ListApplicationUsers, listApplicationUsers),
  answer(ListAccountApplications, listAccountApplications),
  answer(GetAccountApplication, getAccountApplication),

  answer(ListUsers, listUsers),
  answer(GetMember, getMember),
  answer(GetUser, getUser),
  answer(GetUserAccess, getUserAccess),
  answer(ListSharedAccounts, listSharedAccounts),
  answer(ListInvitations, listInvitations),
  answer(GetInvitation, getInvitation),

  answer(ListAuditLog, listAuditLog),
  answer(ListMyAuditLog, listMyAuditLog),

  answer(ListRoles, listRoles),
  answer(GetRole, getRole),
  answer(GetRoleMatrix, getRoleMatrix),
  answer(ListPermissions, listPermissions),
  answer(ListApiKeys, listApiKeys),
  answer(GetApiKey, getApiKey),

  answer(GetMe, getMe),
  answer(GetPlatform, getPlatform),
  answer(GetPosition, getPosition),
];
