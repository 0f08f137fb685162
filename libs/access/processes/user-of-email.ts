import { derivedId } from '#eventing/ids.js';
import { normaliseEmail } from '#privacy/normalise-email.js';
import type { Access, Person, Unique } from '../access.js';
import { type CallerContext, withoutIfMatch } from '../caller.js';
import { RegisterUser, registerUser } from '../user/register-user.js';
import { userAggregate } from '../user/user.js';

const claimOf = (access: Access, email: string, holder: string): Unique => ({
  kind: 'email',
  text: email,
  holder,
  holds: async (id) => (await access.person(id))?.email === email,
});

/** The user of an e-mail as far as is known, else the id that this command would give them. Registers nobody. */
export const probableUser = async (access: Access, command: CallerContext, email: string): Promise<string> => {
  const normalised = normaliseEmail(email);
  const newId = derivedId('usr', command.commandId, normalised);
  return (await access.holderOf(claimOf(access, normalised, newId))) ?? newId;
};

/**
 * The one user of an e-mail, registered now if nobody has it: one e-mail is one user, whatever races.
 * To be called only once the command that needs the user is known to be allowed.
 */
export const userOfEmail = async (access: Access, command: CallerContext, person: Person): Promise<string> => {
  const email = normaliseEmail(person.email);
  const userId = derivedId('usr', command.commandId, email);
  const { firstName, lastName } = person;
  const register = new RegisterUser({ userId, firstName, lastName, email }, command);
  return access.unique(claimOf(access, email, userId), () =>
    access.loop.execute({
      aggregate: userAggregate,
      id: userId,
      context: withoutIfMatch(command),
      decide: (user) => registerUser(register, user),
    }),
  );
};
