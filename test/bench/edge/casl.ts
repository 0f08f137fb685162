import { createRequire } from 'node:module';
import type { AskedQuestion, CheckWorld } from './check-world.js';
import { placeOf } from './bitmask.js';

interface Rule {
  readonly inverted: boolean;
  readonly reason?: string;
}
interface Ability {
  relevantRuleFor(action: string, subject: object): Rule | null;
}
interface RawRule {
  readonly action: string;
  readonly subject: string;
  readonly conditions?: object;
  readonly reason: string;
}
/** What of `@casl/ability` is used. */
interface Casl {
  readonly createMongoAbility: (rules: readonly RawRule[]) => Ability;
  readonly subject: (type: string, of: object) => object;
}

/** CASL, as installed in a folder, with an ability prepared for every member of every account; the rule that allows says why. */
export const caslCheck = (
  folder: string,
  { members, permissionsOf }: CheckWorld,
): ((question: AskedQuestion) => boolean) => {
  const { createMongoAbility, subject } = createRequire(`${folder}/`)('@casl/ability') as Casl;
  const abilities = new Map<string, Ability>();
  for (const { accountId, userId, role, applicationIds } of members) {
    const rules = applicationIds.flatMap((application) =>
      permissionsOf(role).map((permission) => {
        const [action = '', scope] = permission.split('@');
        const conditions = scope === 'own' ? { conditions: { ownerId: userId } } : {};
        return { action, subject: application, reason: role, ...conditions };
      }),
    );
    abilities.set(placeOf(accountId, userId, ''), createMongoAbility(rules));
  }
  return ({ accountId, userId, applicationId, permission, resource: { ownerId } }) => {
    const rule = abilities
      .get(placeOf(accountId, userId, ''))
      ?.relevantRuleFor(permission, subject(applicationId, { ownerId }));
    return rule !== null && rule !== undefined && !rule.inverted && rule.reason !== undefined;
  };
};
