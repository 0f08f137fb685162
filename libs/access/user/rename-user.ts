import { refuse } from '#eventing/refusal.js';
import { command } from '../caller.js';
import { type AccessFact, fact } from '../events.js';
import type { User } from './user.js';

export class RenameUser extends command<{
  userId: string;
  firstName?: string | undefined;
  lastName?: string | undefined;
}>() {}

/** `name` is the user's present one, opened for this decision only. */
export const renameUser = (
  command: RenameUser,
  user: User,
  name: { readonly firstName: string; readonly lastName: string },
): AccessFact[] => {
  const { caller, userId } = command;
  if (user.revision < 0n || user.status === 'erased') refuse('user-not-found');
  const isSelf = caller.kind === 'user' && caller.id === userId;
  if (!isSelf && caller.kind !== 'system') refuse('not-allowed', { needs: 'profile:edit@own' });
  const { firstName = name.firstName, lastName = name.lastName } = command;
  if (firstName === name.firstName && lastName === name.lastName) return [];
  return [fact('UserRenamed', { userId, firstName, lastName })];
};
