import { Failure } from '../cli/failure.js';
import { type FilledAccount, invitationOf } from './accounts.js';
import { idOf, type Ids } from './applications.js';
import { type Command, type Filling, isNew, type Receipt } from './filling.js';

/** What the last part of the demo shows: real ids and moments. */
export interface Story {
  readonly accountId: string;
  /** Whose role changed. */
  readonly userId: string;
  /** What that person uses. */
  readonly applicationId: string;
  /** Just before the role change, and after all changes. */
  readonly before: string;
  readonly after: string;
}

const minutesOfAccess = 10;

const justBefore = (position: string): string => (BigInt(position) - 1n).toString().padStart(20, '0');

/** Who moved, who left, what was given and taken, each with its reason. Undefined where the accounts were filled long ago. */
export const fillChanges = async (
  filling: Filling,
  accounts: readonly FilledAccount[],
  ids: Ids,
): Promise<Story | undefined> => {
  const accountOf = (key: string) => accounts.find(({ account }) => account.key === key);
  const [joinery, clinics, freight] = ['harbour-pine', 'lumen-clinics', 'sable-freight'].map(accountOf);
  if (accounts.length > 0) filling.say('\nDecisions, each with its reason');
  const decide = async (what: string, command: Command): Promise<Receipt> => {
    const receipt = await filling.command(command);
    filling.tell(isNew(receipt), `${what} – “${command.reason ?? ''}” (${command.ticket ?? 'no ticket'})`);
    return receipt;
  };
  const story = joinery === undefined ? undefined : await joineryDecides(filling, decide, joinery, ids);

  if (freight !== undefined)
    await decide('Paperweight taken from Sable Freight, and with it from everybody there', {
      key: 'unassign-sable-freight-paperweight',
      method: 'DELETE',
      path: `/v1/accounts/${freight.id}/applications/${idOf(ids, 'paperweight')}`,
      reason: 'The contract ended',
      ticket: 'LEGAL-31',
    });
  if (clinics !== undefined)
    await decide('Chinonso Eze removed from Lumen Clinics, with all accesses', {
      key: 'remove-chinonso',
      method: 'DELETE',
      path: `/v1/accounts/${clinics.id}/members/${invitationOf(clinics, 'chinonso@lumen-clinics.example').userId}`,
      reason: 'Left the company',
      ticket: 'HR-1501',
    });
  return story === undefined ? undefined : { ...story, after: filling.position() };
};

const joineryDecides = async (
  filling: Filling,
  decide: (what: string, command: Command) => Promise<Receipt>,
  joinery: FilledAccount,
  ids: Ids,
): Promise<Omit<Story, 'after'>> => {
  const userOf = (name: string): string => invitationOf(joinery, `${name}@harbour-pine.example`).userId;
  const member = (name: string): string => `/v1/accounts/${joinery.id}/members/${userOf(name)}`;
  const application = (key: string): string => idOf(ids, key);

  const moved = await decide('Tomasz Wiśniewski: from staff to staff-full-read', {
    key: 'role-tomasz',
    method: 'PUT',
    path: `${member('tomasz')}/role`,
    body: { role: 'staff-full-read' },
    reason: 'Covers for the site lead until spring',
    ticket: 'HR-1482',
  });
  await decide('Amara Okafor: from admin to auditor', {
    key: 'role-amara',
    method: 'PUT',
    path: `${member('amara')}/role`,
    body: { role: 'auditor' },
    reason: 'Moved to internal audit',
    ticket: 'HR-1490',
  });
  await decide('Mateo Quispe: staff in Fieldbook only, reader elsewhere', {
    key: 'role-mateo-fieldbook',
    method: 'PUT',
    path: `${member('mateo')}/role`,
    body: { role: 'staff', applicationId: application('fieldbook') },
    reason: 'Signs off inspections',
    ticket: 'OPS-203',
  });
  await decide('Priya Raghunathan: given Sightglass', {
    key: 'grant-priya-sightglass',
    method: 'POST',
    path: `${member('priya')}/applications`,
    body: { applicationIds: [application('sightglass')] },
    reason: 'Builds the monthly report',
    ticket: 'OPS-207',
  });
  await decide('Priya and Noor: given Tidewater, which lets nobody in until it is active', {
    key: 'grant-tidewater',
    method: 'POST',
    path: `/v1/accounts/${joinery.id}/access`,
    body: {
      grants: ['priya', 'noor'].map((name) => ({ userId: userOf(name), applicationId: application('tidewater') })),
    },
    reason: 'Tries out shift planning first',
    ticket: 'OPS-210',
  });
  await grantForAWhile(filling, decide, member('kwame'), application('fieldbook'));
  await decide('Hana Sato: Ledgerline taken', {
    key: 'revoke-hana-ledgerline',
    method: 'DELETE',
    path: `${member('hana')}/applications/${application('ledgerline')}`,
    reason: 'No longer keeps the books',
    ticket: 'SEC-77',
  });
  return {
    accountId: joinery.id,
    userId: userOf('tomasz'),
    applicationId: application('fieldbook'),
    before: justBefore(moved.position),
  };
};

/** The end is counted from when the person joined, so that every run asks for the same. */
const grantForAWhile = async (
  filling: Filling,
  decide: (what: string, command: Command) => Promise<Receipt>,
  member: string,
  applicationId: string,
): Promise<void> => {
  const { joinedAt } = await filling.read<{ joinedAt: string }>(`${member}?minPosition=${filling.position()}`);
  const expiresAt = new Date(Date.parse(joinedAt) + minutesOfAccess * 60_000).toISOString();
  try {
    await decide(`Kwame Boateng: given Fieldbook until ${expiresAt}, when it ends by itself`, {
      key: 'grant-kwame-fieldbook',
      method: 'POST',
      path: `${member}/applications`,
      body: { applicationIds: [applicationId], expiresAt },
      reason: 'Joins one inspection',
      ticket: 'OPS-212',
    });
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'expires-at-past') throw error;
    filling.say(`    Kwame Boateng was to have Fieldbook until ${expiresAt}: that has passed, so it was not given.`);
  }
};
