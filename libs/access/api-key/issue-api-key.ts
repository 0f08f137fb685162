import { type Problem, refuse, refuseAll } from '#eventing/refusal.js';
import { type KeyScope, command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { covers, holdsOnPlatform, parsePermission } from '../permission.js';
import { knownPermissions, servicePermissions } from '../role/role-table.js';
import { hasCome, utc } from '../time.js';
import type { ApiKey } from './api-key.js';
import { type KeyTerms, heldFor, requireKeyManagement } from './key-management.js';

/** `keyId` and `secretSha256` come from the secret (secret.ts), which is never kept. */
export class IssueApiKey extends command<{
  keyId: string;
  secretSha256: string;
  name: string;
  scope: KeyScope;
  /** `resource:action@scope`, or without a scope: as wide as the key reaches. */
  permissions: readonly string[];
  expiresAt?: string | undefined;
}>() {}

export const issueApiKey = (command: IssueApiKey, key: ApiKey, terms: KeyTerms): AccessFact[] => {
  const { caller, keyId, name, secretSha256, scope, expiresAt, now } = command;
  if (scope.kind === 'platform' && !holdsOnPlatform(caller, 'api-keys:manage')) refuse('scope-exceeds-yours');
  requireKeyManagement(caller, scope, terms, `${scope.kind}-not-found`);
  if (key.revision >= 0n) return [];
  const widest = scope.kind === 'platform' ? 'platform' : 'account';
  const permissions = command.permissions.map((text) => (text.includes('@') ? text : `${text}@${widest}`));
  refuseAll(unknownPermissions(permissions, scope));
  const reachable = permissions.every((text) => parsePermission(text)?.scope !== 'platform') || widest === 'platform';
  if (!reachable || !covers(heldFor(caller, terms), permissions.filter(isAlsoHeldByPeople)))
    refuse('scope-exceeds-yours');
  if (expiresAt !== undefined && hasCome(expiresAt, now)) refuse('expires-at-past');
  return [
    fact('ApiKeyIssued', {
      keyId,
      name,
      secretSha256,
      scope,
      permissions: [...new Set(permissions)],
      expiresAt: expiresAt === undefined ? undefined : utc(expiresAt),
    }),
  ];
};

/** An application's key works in every account that has the application, so it can do nothing else. */
const ofApplications = new Set([...servicePermissions, 'members:view']);

const nameOf = (text: string): string => parsePermission(text)?.name ?? '';

const unknownPermissions = (permissions: readonly string[], scope: KeyScope): Problem[] => {
  const known = scope.kind === 'application' ? ofApplications : knownPermissions;
  return permissions.flatMap((text, index) =>
    known.has(nameOf(text)) ? [] : [{ code: 'permission-unknown', pointer: `/permissions/${index}` }],
  );
};

const isAlsoHeldByPeople = (text: string): boolean => !servicePermissions.has(nameOf(text));
