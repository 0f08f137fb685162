import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import { requireSystem } from '../permission.js';
import { builtInRoles } from './role-table.js';
import type { Role } from './role.js';

/** Brings a built-in role to what this build says of it; issued for each of {@link builtInRoles} at every start. */
export class DefineBuiltInRole extends command<{ roleId: string }>() {}

export const defineBuiltInRole = (command: DefineBuiltInRole, role: Role): AccessFact[] => {
  requireSystem(command.caller);
  const definition = builtInRoles.get(command.roleId);
  if (definition === undefined) return [];
  const said = { ...definition, roleId: command.roleId, permissions: [...definition.permissions] };
  if (role.revision < 0n) return [fact('RoleDefined', { ...said, builtIn: true, accountId: undefined })];
  return isSaid(role, said) ? [] : [fact('RoleRedefined', said)];
};

type Said = Pick<Role, 'title' | 'note' | 'permissions'>;

const isSaid = (role: Said, said: Said): boolean =>
  role.title === said.title && role.note === said.note && role.permissions.join() === said.permissions.join();
