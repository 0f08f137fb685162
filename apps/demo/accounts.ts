import { idOf, type Ids } from './applications.js';
import { type Filling, isLongAgo, isNew } from './filling.js';
import { accounts, type DemoAccount, type DemoPerson } from './world.js';

/** An invitation as the server lists it. */
export interface ListedInvitation {
  readonly id: string;
  readonly userId: string;
  readonly email: string;
  readonly status: string;
  readonly expiresAt: string;
}

/** An account of the demo as it is in the server. */
export interface FilledAccount {
  readonly account: DemoAccount;
  readonly id: string;
  /** By e-mail: the first invitation that each person got. */
  readonly invitations: ReadonlyMap<string, ListedInvitation>;
}

const open = async (filling: Filling, { key, name, plan, people: [owner] }: DemoAccount) =>
  filling.command({
    key: `open-${key}`,
    method: 'POST',
    path: '/v1/accounts',
    body: {
      name,
      plan,
      externalId: `demo-${key}`,
      owner: { firstName: owner.firstName, lastName: owner.lastName, email: owner.email },
    },
  });

const invite = async (filling: Filling, id: string, key: string, person: DemoPerson, ids: Ids) => {
  const { firstName, lastName, email, role, answer } = person;
  return filling.command({
    key: `invite-${key}-${email}`,
    method: 'POST',
    path: `/v1/accounts/${id}/invitations`,
    body: {
      firstName,
      lastName,
      email,
      role,
      applicationIds: person.applications.map((application) => idOf(ids, application)),
      ...(answer === 'soon' && { expiresInDays: 1 }),
    },
  });
};

const invitationsOf = async (filling: Filling, id: string): Promise<Map<string, ListedInvitation>> => {
  const query = `sort=-invitedAt&limit=200&minPosition=${filling.position()}`;
  const { items } = await filling.read<{ items: readonly ListedInvitation[] }>(
    `/v1/accounts/${id}/invitations?${query}`,
  );
  return new Map(items.map((invitation) => [invitation.email, invitation]));
};

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/**
 * Opens the accounts, gives them applications and invites their people. An account that was opened longer ago than the
 * server remembers commands is left as it is, and left out of what is given back.
 */
export const fillAccounts = async (filling: Filling, ids: Ids): Promise<readonly FilledAccount[]> => {
  filling.say('\nAccounts and invitations');
  const filled: FilledAccount[] = [];
  for (const account of accounts) {
    const { key, name, plan, people } = account;
    const opened = await open(filling, account);
    const { id } = opened;
    if (isLongAgo(opened)) {
      filling.tell(false, `${name} was filled more than a day ago; left as it is now  ${id}`);
      continue;
    }
    if (account.applications.length > 0)
      await filling.command({
        key: `assign-${key}`,
        method: 'POST',
        path: `/v1/accounts/${id}/applications`,
        body: { applicationIds: account.applications.map((application) => idOf(ids, application)) },
      });
    for (const person of people.slice(1)) await invite(filling, id, key, person, ids);
    filling.tell(
      isNew(opened),
      `${name} (${plan}), ${counted(1 + account.applications.length, 'application')}, ${people.length} people invited  ${id}`,
    );
    filled.push({ account, id, invitations: await invitationsOf(filling, id) });
  }
  return filled;
};

/** The invitation of one of the account's people. */
export const invitationOf = ({ account, invitations }: FilledAccount, email: string): ListedInvitation => {
  const invitation = invitations.get(email);
  if (invitation === undefined) throw new Error(`${account.name} lists no invitation for ${email}`);
  return invitation;
};
