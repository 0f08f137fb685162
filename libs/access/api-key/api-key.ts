import type { KeyScope } from '../caller.js';
import { aggregateOf } from '../folds.js';
import { hasCome } from '../time.js';

/** What a service calls with. */
export interface ApiKey {
  readonly id: string;
  /** Of its last event, -1 while it is not issued. */
  revision: bigint;
  secretSha256: string;
  scope: KeyScope;
  /** `resource:action@scope` */
  permissions: readonly string[];
  expiresAt: string | null;
  revoked: boolean;
}

/** The key's status at a time; undefined for one that was never issued. */
export const keyStatus = (key: ApiKey, now: string): 'active' | 'revoked' | 'expired' | undefined => {
  if (key.revision < 0n) return undefined;
  if (key.revoked) return 'revoked';
  return key.expiresAt !== null && hasCome(key.expiresAt, now) ? 'expired' : 'active';
};

/** Whether the key may do everything there is to do. */
export const runsInstallation = ({ scope, permissions }: Pick<ApiKey, 'scope' | 'permissions'>): boolean =>
  scope.kind === 'platform' && permissions.includes('*@platform');

export const apiKeyAggregate = aggregateOf<ApiKey>(
  'apiKey',
  (id) => ({
    id,
    revision: -1n,
    secretSha256: '',
    scope: { kind: 'platform' },
    permissions: [],
    expiresAt: null,
    revoked: false,
  }),
  {
    ApiKeyIssued: (key, { secretSha256, scope, permissions, expiresAt = null }, { revision }) => {
      Object.assign(key, { secretSha256, scope, permissions, expiresAt, revision });
    },
    ApiKeyRevoked: (key, _, { revision }) => {
      key.revoked = true;
      key.revision = revision;
    },
  },
);
