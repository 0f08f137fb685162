import { AssignApplication, assignApplication } from '../account/assign-application.js';
import { accountAggregate } from '../account/account.js';
import type { Access } from '../access.js';
import { systemContext } from './system-context.js';

/** Assigns an application to the account that publishes it, once: done again after an unassignment, it changes nothing. */
export const assignPublished = async (
  access: Access,
  applicationId: string,
  accountId: string,
  causationId: string,
): Promise<void> => {
  const purpose = 'assign-published';
  const context = { ...systemContext(causationId, purpose), requestHash: purpose };
  const command = new AssignApplication({ accountId, applicationIds: [applicationId] }, context);
  await access.decide(accountAggregate, accountId, command, async (account) =>
    assignApplication(command, account, await access.roles(), await access.applications([applicationId])),
  );
};
