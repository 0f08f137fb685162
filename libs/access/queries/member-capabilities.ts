import type { Caller } from '../caller.js';
import { covers, permissionScopes } from '../permission.js';
import type { Standing } from '../reach.js';
import type { AccountRow } from '../views/accounts.js';
import type { MemberRow } from '../views/members.js';

const whileInvited = ['members:invite'];
const whileMember = ['members:change-role', 'members:remove', 'members:grant-access', 'members:revoke-access'];
/** What takes a wider role to do to somebody than theirs. */
const onRole = new Set(['members:change-role', 'members:remove']);

/** What the caller may do to a member, now. */
export const capabilitiesOn = (
  row: MemberRow,
  caller: Caller,
  standing: Standing,
  account: AccountRow | undefined,
  rolesPermissions: readonly string[],
): string[] => {
  const byOperator = standing.held.includes('*@platform');
  if (row.status === 'removed' || account === undefined || account.status === 'closed') return [];
  if (account.status === 'suspended' && !byOperator) return [];
  const isLastOwner = account.ownerIds.length === 1 && account.ownerIds[0] === row.userId;
  const withinOwn = covers(standing.held, rolesPermissions);
  return (row.status === 'invited' ? whileInvited : whileMember).filter((name) => {
    if (onRole.has(name) && (isLastOwner || !withinOwn)) return false;
    const scopes = permissionScopes(standing.held, name);
    if (scopes.includes('account') || scopes.includes('platform')) return true;
    if (scopes.includes('team') && row.teamId !== null && row.teamId === standing.teamId) return true;
    return caller.id === row.userId && scopes.length > 0;
  });
};
