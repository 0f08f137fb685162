import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../caller.js';
import type { AccessFact } from '../events.js';
import {
  account,
  accountId,
  application,
  by,
  given,
  joined,
  operator,
  owner,
  person,
  refusalOf,
  roles,
} from '../given.spec-kit.js';
import { activateApplication, ActivateApplication } from './activate-application.js';
import type { Publishing } from './application-permission.js';
import { type Application, applicationAggregate } from './application.js';
import { deactivateApplication, DeactivateApplication } from './deactivate-application.js';
import { registerApplication, RegisterApplication } from './register-application.js';

const applicationId = 'app_n';
const none = () => given(applicationAggregate, applicationId);
const publishing = () => ({ account: account(joined('usr_s', 'staff')), roles });
const registrar: Caller = {
  ...(operator as Caller & { kind: 'user' }),
  permissions: ['applications:register@platform'],
};

describe('registering an application', () => {
  const register = (caller: Caller, publisherAccountId?: string) =>
    new RegisterApplication({ applicationId, name: 'Billing', publisherAccountId }, by(caller));

  it('keeps it inactive and to operators unless said otherwise', () => {
    const facts = registerApplication(register(operator), none());
    expect(facts).toEqual([
      { type: 'ApplicationRegistered', data: { applicationId, name: 'Billing', assignableBy: 'operators' } },
    ]);
    expect(given(applicationAggregate, applicationId, ...facts)).toMatchObject({
      status: 'inactive',
      revision: 0n,
      publisherAccountId: null,
    });
  });

  it('says all that was given', () => {
    const all = {
      applicationId,
      name: 'Billing',
      description: 'Bills',
      homeUrl: 'https://billing.example.com',
      externalId: 'b-1',
      publisherAccountId: accountId,
      ownerId: 'usr_owner',
      assignableBy: 'admins',
    } as const;
    const facts = registerApplication(new RegisterApplication(all, by(owner)), none(), publishing());
    expect(facts).toEqual([{ type: 'ApplicationRegistered', data: all }]);
  });

  it('is nothing to do when it is there', () => {
    expect(registerApplication(register(operator), application(applicationId))).toEqual([]);
  });

  it('is for operators, and for an account’s own people in its name', () => {
    expect(registerApplication(register(registrar), none())).toHaveLength(1);
    expect(registerApplication(register(registrar, accountId), none(), publishing())).toHaveLength(1);
    expect(registerApplication(register(owner, accountId), none(), publishing())).toHaveLength(1);
    expect(refusalOf(() => registerApplication(register(owner), none()))).toEqual({
      code: 'not-allowed',
      details: { needs: 'applications:register@platform' },
    });
    expect(refusalOf(() => registerApplication(register(person('usr_s'), accountId), none(), publishing()))).toEqual({
      code: 'not-allowed',
      details: { needs: 'applications:assign@account' },
    });
  });

  it('may have an owner: anybody for an operator, for an account one of its own people', () => {
    const owned = (caller: Caller, ownerId: string, ownerIsUser: boolean) =>
      registerApplication(
        new RegisterApplication({ applicationId, name: 'Billing', publisherAccountId: accountId, ownerId }, by(caller)),
        none(),
        publishing(),
        ownerIsUser,
      );
    expect(owned(operator, 'usr_x', true)).toHaveLength(1);
    expect(owned(owner, 'usr_s', true)).toHaveLength(1);
    for (const [caller, isUser] of [
      [operator, false],
      [owner, true],
      [owner, false],
    ] as const)
      expect(refusalOf(() => owned(caller, 'usr_x', isUser))).toEqual({ code: 'user-not-found' });
  });

  it('needs the account that publishes it', () => {
    for (const caller of [operator, owner])
      expect(refusalOf(() => registerApplication(register(caller, 'acc_x'), none())).code).toBe('account-not-found');
    expect(refusalOf(() => registerApplication(register(person('usr_x'), accountId), none(), publishing())).code).toBe(
      'account-not-found',
    );
  });
});

type Decide = (caller: Caller, application: Application, publishing?: Publishing) => AccessFact[];
const activate: Decide = (caller, ...states) =>
  activateApplication(new ActivateApplication({ applicationId }, by(caller)), ...states);
const deactivate: Decide = (caller, ...states) =>
  deactivateApplication(new DeactivateApplication({ applicationId }, by(caller)), ...states);

describe.each([
  ['activating', activate, 'inactive', 'active', 'ApplicationActivated'],
  ['deactivating', deactivate, 'active', 'inactive', 'ApplicationDeactivated'],
] as const)('%s an application', (_, decide, from, to, type) => {
  const standing = application(applicationId, { status: from });

  it('is a fact, once', () => {
    expect(decide(operator, standing)).toEqual([{ type, data: { applicationId } }]);
    expect(decide(operator, application(applicationId, { status: to }))).toEqual([]);
  });

  it('is for operators and its publisher', () => {
    const theirs = application(applicationId, { status: from, publisherAccountId: accountId });
    expect(decide(owner, theirs, publishing())).toHaveLength(1);
    expect(refusalOf(() => decide(person('usr_s'), theirs, publishing())).code).toBe('not-allowed');
    expect(refusalOf(() => decide(person('usr_x'), theirs, publishing()))).toEqual({
      code: 'application-not-found',
    });
    expect(refusalOf(() => decide(owner, standing))).toEqual({
      code: 'not-allowed',
      details: { needs: 'applications:manage@platform' },
    });
  });

  it('needs one that is there and not retired', () => {
    expect(refusalOf(() => decide(operator, none()))).toEqual({ code: 'application-not-found' });
    const retired = application(applicationId, { status: 'retired' });
    expect(refusalOf(() => decide(operator, retired))).toEqual({ code: 'application-retired' });
  });
});
