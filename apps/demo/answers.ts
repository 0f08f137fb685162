import { exitCodes, Failure } from '../cli/failure.js';
import { type FilledAccount, invitationOf } from './accounts.js';
import type { Filling } from './filling.js';
import type { Mailbox } from './mailbox.js';
import type { Answer, DemoPerson } from './world.js';

const outcomes: Readonly<Record<Answer, string>> = {
  accept: 'accepted',
  decline: 'declined',
  revoke: 'revoked',
  wait: 'pending',
  soon: 'pending',
};

/** Answers an invitation as its person does, with the token of the mail; or takes it back. */
const answer = async (
  filling: Filling,
  mailbox: Mailbox,
  filled: FilledAccount,
  { email, answer: verb, firstName, lastName }: DemoPerson,
): Promise<void> => {
  const { account, id } = filled;
  const key = `${verb}-${account.key}-${email}`;
  if (verb === 'revoke') {
    const { id: invitationId } = invitationOf(filled, email);
    const path = `/v1/accounts/${id}/invitations/${invitationId}/revoke`;
    await filling.command({ key, method: 'POST', path, reason: 'Invited by mistake', ticket: 'HR-1475' });
    return;
  }
  const token = await mailbox.tokenFor(email, account.name);
  const body = verb === 'accept' ? { token, firstName, lastName } : { token };
  await filling.command({ key, method: 'POST', path: `/v1/invitations/${verb}`, body });
};

/** Brings every invitation to the state the demo wants; those that are there are not answered again. */
export const fillAnswers = async (
  filling: Filling,
  mailbox: Mailbox,
  accounts: readonly FilledAccount[],
): Promise<void> => {
  if (accounts.length === 0) return;
  filling.say('\nAnswers to the invitations');
  for (const filled of accounts) {
    const { account } = filled;
    const open = account.people.filter(({ email, answer: wanted }) => {
      const { status } = invitationOf(filled, email);
      return status === 'pending' && outcomes[wanted] !== 'pending';
    });
    for (const person of open) {
      await answer(filling, mailbox, filled, person).catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error;
        throw new Failure(`${person.email} (${person.answer}): ${error.message}`, exitCodes.failed, error.code);
      });
    }
    const total = (wanted: string): string => {
      const count = account.people.filter((person) => outcomes[person.answer] === wanted).length;
      return count === 0 ? '' : `${count} ${wanted}`;
    };
    const states = ['accepted', 'declined', 'revoked', 'pending'].map(total).filter((text) => text !== '');
    filling.tell(open.length > 0, `${account.name}: ${states.join(', ')}`);
    for (const { email, firstName } of account.people.filter((person) => person.answer === 'soon')) {
      const { expiresAt, status } = invitationOf(filled, email);
      filling.say(
        status === 'expired'
          ? `    ${firstName}'s invitation has expired by itself, at ${expiresAt}.`
          : `    ${firstName}'s invitation stands for one day, the shortest there is: none can have expired yet. This one does, by itself, at ${expiresAt}.`,
      );
    }
  }
};
