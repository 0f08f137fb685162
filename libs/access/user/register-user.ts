import { refuse } from '#eventing/refusal.js';
import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import type { User } from './user.js';

/** Makes a person known, at the first invitation. Whoever may invite has been asked before. */
export class RegisterUser extends command<{ userId: string; firstName: string; lastName: string; email: string }>() {}

export const registerUser = (command: RegisterUser, user: User): AccessFact[] => {
  if (user.status === 'erased') refuse('user-not-found');
  if (user.revision >= 0n) return [];
  const { userId, firstName, lastName, email } = command;
  return [fact('UserRegistered', { userId, firstName, lastName, email })];
};
