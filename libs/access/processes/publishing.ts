import { accountAggregate } from '../account/account.js';
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
  const callersRole = await access.account(publisherAccountId, ({ members }) => members.get(command.caller.id)?.role);
  const roles = await access.roles(callersRole);
  return access.loop.read(accountAggregate, publisherAccountId, (account) => decide({ account, roles }));
};
