import { describe, expect, it } from '@jest/globals';
import { fact } from '../events.js';
import { acme } from './facts.spec-kit.js';
import { folded, log } from './folded.spec-kit.js';
import { type RoleRow, rolesView } from './roles.js';

const definition = { roleId: 'rol_1', title: 'Clerk', note: 'Files', permissions: ['contacts:view@own'] };
const defined = fact('RoleDefined', { ...definition, builtIn: false, accountId: acme });
const row: RoleRow = { ...definition, builtIn: false, accountId: acme, status: 'active', revision: '0' };

describe('roles', () => {
  it('has the built-in ones and those of accounts', async () => {
    const builtIn = { roleId: 'staff', title: 'Staff', note: '', permissions: [] };
    const platforms = fact('RoleDefined', { ...builtIn, builtIn: true, accountId: undefined });
    const { rows, keysWhere, keysOfWord } = await folded(rolesView, log(defined, platforms));
    expect(rows).toEqual({
      rol_1: row,
      staff: { ...builtIn, builtIn: true, accountId: null, status: 'active', revision: '0' },
    });
    expect(await keysWhere('accountId', null)).toEqual(['staff']);
    expect(await keysOfWord('cle')).toEqual(['rol_1']);
  });

  it('is redefined and retired', async () => {
    const redefinition = { roleId: 'rol_1', title: 'Senior clerk', note: '', permissions: ['contacts:view@account'] };
    const { versions, keysWhere } = await folded(
      rolesView,
      log(defined, fact('RoleRedefined', redefinition), fact('RoleRetired', { roleId: 'rol_1' })),
    );
    expect(versions('rol_1')).toEqual([
      [1, 2, row],
      [2, 3, { ...row, ...redefinition, revision: '1' }],
      [3, null, { ...row, ...redefinition, status: 'retired', revision: '2' }],
    ]);
    expect(await keysWhere('title', 'senior clerk')).toEqual(['rol_1']);
  });
});
