import { describe, expect, it } from '@jest/globals';
import { by, given, operator, refusalOf, system } from '../given.spec-kit.js';
import { covers, parsePermission } from '../permission.js';
import { defineBuiltInRole, DefineBuiltInRole } from './define-built-in-role.js';
import { builtInRoles, knownPermissions } from './role-table.js';
import { roleAggregate } from './role.js';

const define = (roleId: string, caller = system) => new DefineBuiltInRole({ roleId }, by(caller));
const defined = (roleId: string) =>
  given(roleAggregate, roleId, ...defineBuiltInRole(define(roleId), given(roleAggregate, roleId)));

describe('defining a built-in role', () => {
  it.each([...builtInRoles.keys()])('says what %s holds, once', (roleId) => {
    const role = defined(roleId);
    expect(role).toMatchObject({
      ...builtInRoles.get(roleId),
      builtIn: true,
      accountId: null,
      status: 'active',
      revision: 0n,
    });
    expect(defineBuiltInRole(define(roleId), role)).toEqual([]);
  });

  it.each([{ title: 'Old' }, { note: 'Old' }, { permissions: ['profile:edit@own'] }])(
    'redefines what differs: %p',
    (old) => {
      const { title, note, permissions } = builtInRoles.get('staff')!;
      expect(defineBuiltInRole(define('staff'), { ...defined('staff'), ...old })).toEqual([
        { type: 'RoleRedefined', data: { roleId: 'staff', title, note, permissions } },
      ]);
    },
  );

  it('knows the built-in ones only, and is the system’s alone', () => {
    expect(defineBuiltInRole(define('chief'), given(roleAggregate, 'chief'))).toEqual([]);
    expect(refusalOf(() => defineBuiltInRole(define('staff', operator), defined('staff'))).code).toBe('not-allowed');
  });
});

describe('the role table', () => {
  it('holds permissions that can be read', () => {
    for (const { permissions } of builtInRoles.values())
      for (const text of permissions) expect(knownPermissions).toContain(parsePermission(text)?.name);
  });

  it('lets an admin give all but owner, and an owner all that accounts give', () => {
    const of = (roleId: string) => builtInRoles.get(roleId)!.permissions;
    const beyond = (holder: string) => [...builtInRoles.keys()].filter((roleId) => !covers(of(holder), of(roleId)));
    expect(beyond('owner')).toEqual(['operator', 'platform-auditor']);
    expect(beyond('admin')).toEqual(['owner', 'operator', 'platform-auditor']);
    expect(beyond('operator')).toEqual([]);
  });
});
