import { AccessChangesRoute } from './queries/access-changes-feed.js';
import { AccountApplicationRoutes } from './queries/account-applications.js';
import { AccountRoutes } from './queries/accounts.js';
import { ApiKeyRoutes } from './queries/api-keys.js';
import { ApplicationRoutes } from './queries/applications.js';
import { AuditLogRoutes } from './queries/audit-log.js';
import { CheckRoutes } from './queries/check.js';
import { DiffRoute } from './queries/diff.js';
import { EventRoute } from './queries/event.js';
import { EventsRoute } from './queries/events-feed.js';
import { ExplainRoute } from './queries/explain.js';
import { InvitationRoutes } from './queries/invitations.js';
import { MeRoutes } from './queries/me.js';
import { PlatformRoutes } from './queries/platform.js';
import { RoleRoutes } from './queries/roles.js';
import { SharedAccountRoutes } from './queries/shared-accounts.js';
import { UserRoutes } from './queries/users.js';

/** The controllers of every question of the product. */
export const queryControllers = [
  AccountRoutes,
  AccountApplicationRoutes,
  ApplicationRoutes,
  UserRoutes,
  SharedAccountRoutes,
  InvitationRoutes,
  AuditLogRoutes,
  RoleRoutes,
  ApiKeyRoutes,
  MeRoutes,
  PlatformRoutes,
  CheckRoutes,
  AccessChangesRoute,
  EventsRoute,
  EventRoute,
  ExplainRoute,
  DiffRoute,
];
