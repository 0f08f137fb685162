import type { AskedQuestion, CheckWorld } from './check-world.js';

export const placeOf = (accountId: string, userId: string, applicationId: string): string =>
  `${accountId} ${userId} ${applicationId}`;

/** Nothing but a Map to two bitmasks: what a member may do to all there is of an application, and to their own. */
export const bitmaskCheck = ({ members, permissionsOf }: CheckWorld): ((question: AskedQuestion) => boolean) => {
  const bits = new Map<string, number>();
  const bitOf = (name: string): number => {
    const bit = bits.get(name) ?? bits.size;
    bits.set(name, bit);
    return 1 << bit;
  };
  const masks = new Map<string, { readonly all: number; readonly own: number }>();
  for (const { accountId, userId, role, applicationIds } of members) {
    let [all, own] = [0, 0];
    for (const permission of permissionsOf(role)) {
      const [name = '', scope] = permission.split('@');
      if (scope === 'own') own |= bitOf(name);
      else all |= bitOf(name);
    }
    for (const applicationId of applicationIds) masks.set(placeOf(accountId, userId, applicationId), { all, own });
  }
  return ({ accountId, userId, applicationId, permission, resource }) => {
    const mask = masks.get(placeOf(accountId, userId, applicationId));
    const bit = 1 << (bits.get(permission) ?? 31);
    return mask !== undefined && ((mask.all & bit) !== 0 || ((mask.own & bit) !== 0 && resource.ownerId === userId));
  };
};
