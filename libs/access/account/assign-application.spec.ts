import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../caller.js';
import {
  account,
  accountId,
  application,
  by,
  catalogue,
  joined,
  operator,
  owner,
  person,
  refusalOf,
  roles,
} from '../given.spec-kit.js';
import { assignApplication, AssignApplication } from './assign-application.js';

const assign = (caller: Caller, ...applicationIds: string[]) =>
  new AssignApplication({ accountId, applicationIds }, by(caller));
const shelf = catalogue(
  application('app_c'),
  application('app_d', { status: 'inactive' }),
  application('app_kept', { assignableBy: 'operators' }),
  application('app_gone', { status: 'retired' }),
  application('app_mine', { assignableBy: 'operators', publisherAccountId: accountId }),
  application('app_theirs', { assignableBy: 'operators', publisherAccountId: 'acc_2' }),
  application('app_void', { revision: -1n }),
);

describe('assigning applications', () => {
  it('says so of each, inactive ones too', () => {
    expect(assignApplication(assign(owner, 'app_c', 'app_d'), account(), roles, shelf)).toEqual([
      { type: 'ApplicationAssigned', data: { accountId, applicationId: 'app_c', origin: 'assigned' } },
      { type: 'ApplicationAssigned', data: { accountId, applicationId: 'app_d', origin: 'assigned' } },
    ]);
  });

  it('has nothing to do for what is assigned or said twice', () => {
    expect(assignApplication(assign(owner, 'app_a'), account(), roles, shelf)).toEqual([]);
    expect(assignApplication(assign(owner, 'app_a', 'app_c', 'app_c'), account(), roles, shelf)).toHaveLength(1);
  });

  it("knows an account's own application as published there", () => {
    expect(assignApplication(assign(owner, 'app_mine'), account(), roles, shelf)[0]?.data).toMatchObject({
      origin: 'published',
    });
  });

  it('refuses all for one problem, naming every one', () => {
    const asked = assign(owner, 'app_c', 'app_x', 'app_gone', 'app_kept', 'app_theirs', 'app_void');
    expect(refusalOf(() => assignApplication(asked, account(), roles, shelf))).toEqual({
      code: 'application-not-found',
      problems: [
        { code: 'application-not-found', pointer: '/applicationIds/1', id: 'app_x' },
        { code: 'application-retired', pointer: '/applicationIds/2', id: 'app_gone' },
        { code: 'application-not-assignable', pointer: '/applicationIds/3', id: 'app_kept' },
        { code: 'application-not-found', pointer: '/applicationIds/4', id: 'app_theirs' },
        { code: 'application-not-found', pointer: '/applicationIds/5', id: 'app_void' },
      ],
    });
  });

  it('lets operators assign what is kept to them', () => {
    expect(assignApplication(assign(operator, 'app_kept', 'app_theirs'), account(), roles, shelf)).toHaveLength(2);
  });

  it('needs applications:assign', () => {
    const state = account(joined('usr_a', 'staff'));
    expect(refusalOf(() => assignApplication(assign(person('usr_a'), 'app_c'), state, roles, shelf))).toEqual({
      code: 'not-allowed',
      details: { needs: 'applications:assign@account' },
    });
  });
});
