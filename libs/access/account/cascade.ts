import type { CommandContext } from '#eventing/command.js';
import { appendLimits } from '#eventing/event-store.js';
import { metadataOf } from '#eventing/metadata.js';
import { type AccessFact, fact } from '../events.js';
import type { Account, Leaving } from './account.js';

/** Id, type and data of an AccessRevoked in JSON, and what sealing adds to the reason. */
const revocationBytes = 400;

/** How many revocations one append of a command takes, within the limits of its events and bytes. A dry run appends nothing. */
const room = (command: CommandContext): number => {
  if (command.dryRun === true) return Infinity;
  const reasonBytes = Buffer.byteLength(command.reason ?? '');
  const metadataBytes = Buffer.byteLength(JSON.stringify(metadataOf(command, 1)));
  return Math.min(
    appendLimits.events,
    Math.floor(appendLimits.bytes / (revocationBytes + metadataBytes + reasonBytes)),
  );
};

const revocations = (account: Account, accesses: Iterable<Leaving>, atMost: number): AccessFact[] => {
  const facts: AccessFact[] = [];
  for (const { grantId, userId, applicationId, cause } of accesses) {
    if (facts.length === atMost) break;
    facts.push(fact('AccessRevoked', { accountId: account.id, grantId, userId, applicationId, cause }));
  }
  return facts;
};

/** What takes, and as many of the accesses it takes as the same append holds. The rest is left to {@link leavingFacts}. */
export const takingFacts = (
  command: CommandContext,
  account: Account,
  taking: AccessFact,
  taken: Iterable<Leaving>,
): AccessFact[] => [taking, ...revocations(account, taken, room(command) - 1)];

/** The next of the accesses that are leaving, as many as one append holds. */
export const leavingFacts = (command: CommandContext, account: Account): AccessFact[] =>
  revocations(account, account.leaving.values(), room(command));

/** How many accesses are still leaving; checks deny them already. */
export const remaining = (account: Account): number => account.leaving.size;
