import table from './roles.json' with { type: 'json' };

export interface RoleDefinition {
  readonly title: string;
  readonly note: string;
  readonly permissions: readonly string[];
}

/** The built-in roles by id. */
export const builtInRoles: ReadonlyMap<string, RoleDefinition> = new Map(Object.entries(table.roles));

/** Roles that nobody gives by hand in an account: guests come by sharing, the others belong to the platform. */
export const rolesNotGiven: ReadonlySet<string> = new Set(['guest', 'operator', 'platform-auditor']);

const withoutScope = (permission: string): string => permission.split('@', 1)[0] ?? permission;

/** Every permission there is, as `resource:action`. */
export const knownPermissions: ReadonlySet<string> = new Set([
  ...Object.values(table.roles).flatMap(({ permissions }) => permissions.map(withoutScope)),
  ...table.platformPermissions,
  ...Object.keys(table.services),
]);

/** What only services hold; nobody needs it to give it to a key. */
export const servicePermissions: ReadonlySet<string> = new Set(Object.keys(table.services));
