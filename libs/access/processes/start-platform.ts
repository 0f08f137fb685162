import { randomId } from '#eventing/ids.js';
import { apiKeyAggregate } from '../api-key/api-key.js';
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
  const logId = await access.loop.read(platformAggregate, platformId, (platform) => platform.logId ?? '');
  for (const roleId of builtInRoles.keys()) {
    const define = new DefineBuiltInRole({ roleId }, systemContext(randomId('start'), `role/${roleId}`));
    await access.decide(roleAggregate, roleId, define, (role) => defineBuiltInRole(define, role));
  }
  return { logId, newOperatorKey: await operatorKey(access, keys) };
};

/** The key that GRANTRAIL_OPERATOR_KEY names was ended once, and a key that has ended never works again. */
export class OperatorKeyEnded extends Error {
  override readonly name = 'OperatorKeyEnded';
}

const operatorKey = async (access: Access, { given, issued }: OperatorKeys): Promise<string | null> => {
  if (given === null) return issued.length > 0 ? null : issue(access, newApiKeySecret());
  const known = issued.find(({ keyId }) => keyId === apiKeyIdOf(given));
  if (known?.active === false)
    throw new OperatorKeyEnded('GRANTRAIL_OPERATOR_KEY names a key that was revoked: choose a new one');
  if (known === undefined) await issue(access, given);
  for (const { keyId, active } of issued) if (active && keyId !== known?.keyId) await revoke(access, keyId);
  return null;
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
