import { randomId } from '#eventing/ids.js';
import { apiKeyAggregate, keyStatus, runsInstallation } from '../api-key/api-key.js';
import { IssueApiKey, issueApiKey } from '../api-key/issue-api-key.js';
import { RevokeApiKey, revokeApiKey } from '../api-key/revoke-api-key.js';
import { apiKeyIdOf, apiKeySha256, newApiKeySecret } from '../api-key/secret.js';
import type { Access } from '../access.js';
import { platformAggregate, platformId } from '../platform/platform.js';
import { StartPlatform, startPlatform } from '../platform/start-platform.js';
import { DefineBuiltInRole, defineBuiltInRole } from '../role/define-built-in-role.js';
import { builtInRoles } from '../role/role-table.js';
import { roleAggregate } from '../role/role.js';
import { systemContext } from './system-context.js';

/** What a start has to tell whoever runs it. */
export interface Started {
  readonly logId: string;
  /** The operator's new key, when one was made; it is shown this once. */
  readonly newOperatorKey: string | null;
}

export interface OperatorKeys {
  /** From the configuration. */
  readonly given: string | null;
  /** Those that earlier starts have issued. */
  readonly issued: readonly { readonly keyId: string; readonly active: boolean }[];
}

/**
 * Brings the log to where the product can work: its first fact, the built-in roles as this build has them, the operator's key.
 * A given key that is not the one in use is issued, and the one before revoked. Started again, it changes nothing.
 */
export const startInstallation = async (access: Access, keys: OperatorKeys): Promise<Started> => {
  const start = new StartPlatform({ logId: randomId('log') }, systemContext('platform', 'start'));
  await access.decide(platformAggregate, platformId, start, (platform) => startPlatform(start, platform));
  await requireWholeLog(access);
  const logId = await access.loop.read(platformAggregate, platformId, (platform) => platform.logId ?? '');
  for (const roleId of builtInRoles.keys()) {
    const define = new DefineBuiltInRole({ roleId }, systemContext(randomId('start'), `role/${roleId}`));
    await access.decide(roleAggregate, roleId, define, (role) => defineBuiltInRole(define, role));
  }
  return { logId, newOperatorKey: await operatorKey(access, keys) };
};

/** The log is being copied from another, or that was broken off: it may lack what people were told. */
export class CopyUnfinished extends Error {
  override readonly name = 'CopyUnfinished';
}

/** Before anything is written or answered. @throws CopyUnfinished */
export const requireWholeLog = async (access: Access): Promise<void> => {
  const { logId, isUnfinishedCopy } = await access.loop.read(platformAggregate, platformId, (platform) => ({
    ...platform,
  }));
  if (isUnfinishedCopy)
    throw new CopyUnfinished(
      `The log is an unfinished copy of ${logId ?? 'another'}: run grantrail migrate again until it says that it is done`,
    );
};

/** GRANTRAIL_OPERATOR_KEY names a key that is there already and that nobody could run the installation with for good. */
export class OperatorKeyUnusable extends Error {
  override readonly name = 'OperatorKeyUnusable';
}

/** A new operator's key, for whoever lost the one before; those that starts have issued are revoked. */
export const renewOperatorKey = async (access: Access, issued: OperatorKeys['issued']): Promise<string> => {
  const secret = await issue(access, newApiKeySecret());
  await revokeOthers(access, issued, apiKeyIdOf(secret));
  return secret;
};

const operatorKey = async (access: Access, { given, issued }: OperatorKeys): Promise<string | null> => {
  if (given === null) return issued.length > 0 ? null : issue(access, newApiKeySecret());
  const keyId = apiKeyIdOf(given);
  await requireUsable(access, keyId);
  await issue(access, given);
  await revokeOthers(access, issued, keyId);
  return null;
};

/** Before the others are revoked: a key that has ended never works again, and one that may do less would lock everybody out. */
const requireUsable = async (access: Access, keyId: string): Promise<void> => {
  const key = await access.loop.read(apiKeyAggregate, keyId, (state) => ({ ...state }));
  const status = keyStatus(key, new Date().toISOString());
  if (status === undefined || (status === 'active' && runsInstallation(key) && key.expiresAt === null)) return;
  const why = status === 'active' ? 'does not run the whole installation for good' : `is ${status}`;
  throw new OperatorKeyUnusable(`GRANTRAIL_OPERATOR_KEY names a key that ${why}: choose a new one`);
};

const revokeOthers = async (access: Access, issued: OperatorKeys['issued'], kept: string): Promise<void> => {
  for (const { keyId, active } of issued) if (active && keyId !== kept) await revoke(access, keyId);
};

const terms = async (access: Access) => ({ account: undefined, application: undefined, roles: await access.roles() });

const issue = async (access: Access, secret: string): Promise<string> => {
  const keyId = apiKeyIdOf(secret);
  const said = { keyId, secretSha256: apiKeySha256(secret), name: 'Operator', scope: { kind: 'platform' } as const };
  const command = new IssueApiKey({ ...said, permissions: ['*@platform'] }, systemContext(keyId, 'operator-key'));
  await access.decide(apiKeyAggregate, keyId, command, async (key) => issueApiKey(command, key, await terms(access)));
  return secret;
};

const revoke = async (access: Access, keyId: string): Promise<void> => {
  const command = new RevokeApiKey({ keyId }, systemContext(keyId, 'operator-key-changed'));
  await access.decide(apiKeyAggregate, keyId, command, async (key) =>
    revokeApiKey(command, key, { ...(await terms(access)), isLastOperator: false }),
  );
};
