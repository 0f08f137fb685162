import type { View } from '#eventing/view.js';
import { viewOf } from '#eventing/views.js';
import { accessChangesView } from './access-changes.js';
import { accountApplicationsView } from './account-applications.js';
import { accountsView } from './accounts.js';
import { apiKeysView } from './api-keys.js';
import { applicationsView } from './applications.js';
import { auditLogView } from './audit-log.js';
import { dueView } from './due.js';
import { invitationsView } from './invitations.js';
import { membersView } from './members.js';
import { rolesView } from './roles.js';
import { sharedAccountsView } from './shared-accounts.js';
import { userApplicationsView } from './user-applications.js';

/** The views of the product; `moments` is the kernel's. */
export const accessViews: readonly View[] = [
  viewOf(accountsView),
  viewOf(applicationsView),
  viewOf(accountApplicationsView),
  viewOf(membersView),
  viewOf(userApplicationsView),
  viewOf(sharedAccountsView),
  viewOf(invitationsView),
  viewOf(rolesView),
  viewOf(apiKeysView),
  viewOf(auditLogView),
  viewOf(accessChangesView),
  viewOf(dueView),
];
