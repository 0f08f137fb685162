import type { ReadOptions } from '#eventing/command-loop.js';
import { aggregateOf, type Catalogue } from '../folds.js';
import { builtInRoles } from './role-table.js';

/** A named set of permissions. */
export interface Role {
  readonly id: string;
  /** Of its last event, -1 while it is not defined. */
  revision: bigint;
  title: string;
  note: string;
  /** `resource:action@scope` */
  permissions: readonly string[];
  builtIn: boolean;
  /** The account it belongs to; null for the platform's own. */
  accountId: string | null;
  status: 'active' | 'retired';
  /** The event that gave it its permissions. */
  definedBy: string;
}

/** The roles that are there. Undefined for a role that was never defined. */
export type Roles = Catalogue<Role>;

type Reading = Pick<ReadOptions, 'withinMs'>;
const newest: Reading = {};
const withinSecond: Reading = { withinMs: 1_000 };

/** Built-in roles change only when another build of the product starts, and nobody is told of it: a second does not matter. */
export const roleReading = (roleId: string): Reading => (builtInRoles.has(roleId) ? withinSecond : newest);

export const roleAggregate = aggregateOf<Role>(
  'role',
  (id) => ({
    id,
    revision: -1n,
    title: '',
    note: '',
    permissions: [],
    builtIn: false,
    accountId: null,
    status: 'active',
    definedBy: '',
  }),
  {
    RoleDefined: (role, { title, note, permissions, builtIn, accountId }, { revision, id }) => {
      Object.assign(role, { title, note, permissions, builtIn, accountId: accountId ?? null, revision, definedBy: id });
    },
    RoleRedefined: (role, { title, note, permissions }, { revision, id }) => {
      Object.assign(role, { title, note, permissions, revision, definedBy: id });
    },
    RoleRetired: (role, _, { revision }) => {
      role.status = 'retired';
      role.revision = revision;
    },
  },
);
