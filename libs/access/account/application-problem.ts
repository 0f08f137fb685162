import type { Applications } from '../application/application.js';
import type { Account } from './account.js';

/** Why an application can't be promised or given in the account; undefined when it can. An inactive one can. */
export const applicationProblem = (
  account: Account,
  applications: Applications,
  applicationId: string,
): string | undefined => {
  if (!account.assignments.has(applicationId)) return 'application-not-assigned';
  return applications.get(applicationId)?.status === 'retired' ? 'application-retired' : undefined;
};
