import { streamOf } from '#eventing/aggregate.js';
import { accountAggregate } from './account/account.js';
import { apiKeyAggregate } from './api-key/api-key.js';
import { applicationAggregate } from './application/application.js';
import type { AccessFact, EventName } from './events.js';
import { platformAggregate, platformId } from './platform/platform.js';
import { roleAggregate } from './role/role.js';
import { userAggregate } from './user/user.js';

/** What the streams of the product are called, or begin with. */
export const streamCategories: readonly string[] = [
  ...[accountAggregate, apiKeyAggregate, applicationAggregate, platformAggregate, roleAggregate, userAggregate].map(
    ({ category }) => category,
  ),
  ...['subscription', 'denials'],
];

const ofPlatform: readonly EventName[] = ['PlatformStarted', 'LogRenewed', 'DefaultApplicationChosen'];

/** The stream that a fact belongs to, as what it says tells. */
export const streamOfFact = ({ type, data }: AccessFact): string => {
  if (ofPlatform.includes(type)) return streamOf(platformAggregate, platformId);
  const { keyId, roleId, accountId, applicationId, userId } = data as Readonly<Record<string, string | undefined>>;
  if (keyId !== undefined) return streamOf(apiKeyAggregate, keyId);
  if (roleId !== undefined) return streamOf(roleAggregate, roleId);
  if (accountId !== undefined) return streamOf(accountAggregate, accountId);
  if (applicationId !== undefined) return streamOf(applicationAggregate, applicationId);
  if (userId !== undefined) return streamOf(userAggregate, userId);
  throw new Error(`${type} tells of no stream`);
};
