import { describe, expect, it } from '@jest/globals';
import { accounts, applications, defaultApplication } from './world.js';

describe("the demo's world", () => {
  const people = accounts.flatMap((account) => account.people);

  it('has six applications, one of them not active and one the default', () => {
    expect(applications).toHaveLength(6);
    expect(applications.filter(({ active }) => !active)).toHaveLength(1);
    expect(applications.map(({ key }) => key)).toContain(defaultApplication);
  });

  it('has forty people in five accounts, one of them in two, at addresses that nobody has', () => {
    expect(accounts).toHaveLength(5);
    expect(new Set(people.map(({ email }) => email)).size).toBe(40);
    expect(people).toHaveLength(41);
    // RFC 2606, section 2; and as the server keeps them, in lower case.
    for (const { email } of people) expect(email).toMatch(/^[a-z]+@[a-z-]+\.example$/);
    for (const { firstName, lastName } of people) expect(`${firstName}|${lastName}`).toMatch(/^[^|]+\|[^|]+$/);
  });

  it('invites nobody to an application that the account does not have', () => {
    for (const account of accounts) {
      const assigned = [defaultApplication, ...account.applications];
      expect(applications.map(({ key }) => key)).toEqual(expect.arrayContaining(assigned));
      for (const person of account.people) expect(assigned).toEqual(expect.arrayContaining([...person.applications]));
    }
  });

  it('has owners who accept, and invitations in every state', () => {
    for (const { people: members } of accounts) {
      expect(members[0]).toMatchObject({ role: 'owner', answer: 'accept' });
      expect(members.filter(({ role }) => role === 'owner')).toHaveLength(1);
    }
    expect(new Set(people.map(({ answer }) => answer))).toEqual(
      new Set(['accept', 'decline', 'revoke', 'wait', 'soon']),
    );
  });
});
