import { command } from '../caller.js';
import type { AccessFact } from '../events.js';
import { requireSystem } from '../permission.js';
import type { Account } from './account.js';
import { leavingFacts } from './cascade.js';

/** Announces what the append of a taking fact had no room for; issued again until nothing remains. */
export class ContinueCascade extends command<{ accountId: string }>() {}

export const continueCascade = (command: ContinueCascade, account: Account): AccessFact[] => {
  requireSystem(command.caller);
  return leavingFacts(command, account);
};
