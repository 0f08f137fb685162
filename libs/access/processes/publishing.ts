import type { Publishing } from '../application/application-permission.js';
import type { Access } from '../access.js';
import type { CallerContext } from '../caller.js';

/** Decides with the state of the account that publishes an application, if one does. */
export const underPublisher = async <Result>(
  access: Access,
  command: CallerContext,
  publisherAccountId: string | null,
  decide: (publishing: Publishing | undefined) => Result,
): Promise<Result> => {
  if (publisherAccountId === null) return decide(undefined);
  return access.accountWithRoles(publisherAccountId, command, (account, roles) => decide({ account, roles }));
};
