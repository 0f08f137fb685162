import { describe, expect, it } from '@jest/globals';
import { fact } from '../events.js';
import { by, given, operator, person, refusalOf, system } from '../given.spec-kit.js';
import { registerUser, RegisterUser } from './register-user.js';
import { renameUser, RenameUser } from './rename-user.js';
import { userAggregate } from './user.js';

const userId = 'usr_a';
const ann = { firstName: 'Ann', lastName: 'Lee' };
const registered = fact('UserRegistered', { userId, ...ann, email: 'ann@example.com' });
const erased = fact('UserErased', { userId });
const self = person(userId);

describe('registering a user', () => {
  const command = new RegisterUser({ userId, ...ann, email: 'ann@example.com' }, by(operator));

  it('is a fact, once', () => {
    expect(registerUser(command, given(userAggregate, userId))).toEqual([registered]);
    expect(registerUser(command, given(userAggregate, userId, registered))).toEqual([]);
  });

  it('brings nobody back', () => {
    expect(refusalOf(() => registerUser(command, given(userAggregate, userId, registered, erased)))).toEqual({
      code: 'user-not-found',
    });
  });
});

describe('renaming a user', () => {
  const user = () => given(userAggregate, userId, registered);
  const rename = (name: { firstName?: string; lastName?: string }, caller = self) =>
    new RenameUser({ userId, ...name }, by(caller));

  it('says the whole name', () => {
    expect(renameUser(rename({ lastName: 'Li' }), user(), ann)).toEqual([
      { type: 'UserRenamed', data: { userId, firstName: 'Ann', lastName: 'Li' } },
    ]);
  });

  it('has nothing to do for the same name', () => {
    expect(renameUser(rename(ann), user(), ann)).toEqual([]);
    expect(renameUser(rename({}), user(), ann)).toEqual([]);
  });

  it('is for the person, and the system', () => {
    expect(renameUser(rename({ firstName: 'Anna' }, system), user(), ann)).toHaveLength(1);
    expect(refusalOf(() => renameUser(rename({ firstName: 'Anna' }, operator), user(), ann))).toEqual({
      code: 'not-allowed',
      details: { needs: 'profile:edit@own' },
    });
  });

  it('needs a user', () => {
    for (const gone of [given(userAggregate, userId), given(userAggregate, userId, registered, erased)])
      expect(refusalOf(() => renameUser(rename(ann), gone, ann))).toEqual({ code: 'user-not-found' });
  });
});

describe('a user', () => {
  it('keeps sealed text with what it takes to open it, and none once erased', () => {
    const renamed = fact('UserRenamed', { userId, firstName: 'sealed', lastName: 'sealed too' });
    expect(given(userAggregate, userId, registered, renamed)).toMatchObject({
      name: { sealed: { firstName: 'sealed', lastName: 'sealed too' }, stream: 'stream-1', eventId: 'evt_1' },
      email: { sealed: { email: 'ann@example.com' }, stream: 'stream-1', eventId: 'evt_0' },
      revision: 1n,
    });
    expect(given(userAggregate, userId, registered, erased)).toMatchObject({
      name: null,
      email: null,
      status: 'erased',
    });
  });
});
