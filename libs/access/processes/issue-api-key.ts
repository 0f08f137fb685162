import { IssueApiKey, issueApiKey } from '../api-key/issue-api-key.js';
import { apiKeyAggregate, runsInstallation } from '../api-key/api-key.js';
import type { KeyTerms } from '../api-key/key-management.js';
import { RevokeApiKey, revokeApiKey } from '../api-key/revoke-api-key.js';
import type { Access } from '../access.js';
import type { CallerContext, KeyScope } from '../caller.js';
import type { UseCase } from '../use-case.js';

export const issueApiKeyProcess: UseCase<IssueApiKey> = {
  command: IssueApiKey,
  run: async (command, access) => {
    const outcome = await access.decide(apiKeyAggregate, command.keyId, command, (key) =>
      onTerms(access, command, command.scope, (terms) => issueApiKey(command, key, terms)),
    );
    return { id: command.keyId, outcome, created: true };
  },
};

export const revokeApiKeyProcess: UseCase<RevokeApiKey> = {
  command: RevokeApiKey,
  // One at a time, or two of the last keys that run the installation could end each other.
  run: (command, access) =>
    access.oneByOne('revoke-api-key', async () => {
      const outcome = await access.decide(apiKeyAggregate, command.keyId, command, async (key) => {
        const isLastOperator = runsInstallation(key) && (await access.isLastOperatorKey(command.keyId));
        return onTerms(access, command, key.scope, (terms) => revokeApiKey(command, key, { ...terms, isLastOperator }));
      });
      return { id: command.keyId, outcome };
    }),
};

/** Decides with the states that a key's scope points to. */
const onTerms = async <Result>(
  access: Access,
  command: CallerContext,
  scope: KeyScope,
  decide: (terms: KeyTerms) => Result,
): Promise<Result> => {
  const application = scope.kind === 'application' ? await access.application(scope.applicationId) : undefined;
  const accountId = scope.kind === 'account' ? scope.accountId : application?.publisherAccountId;
  if (accountId === undefined || accountId === null)
    return decide({ account: undefined, application, roles: await access.roles() });
  return access.accountWithRoles(accountId, command, (account, roles) => decide({ account, application, roles }));
};
