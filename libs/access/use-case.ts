import type { Outcome } from '#eventing/command.js';
import type { JsonObject } from '#eventing/json.js';
import type { Access } from './access.js';
import type { Account } from './account/account.js';
import { accountAggregate } from './account/account.js';
import { remaining } from './account/cascade.js';
import type { CallerContext } from './caller.js';
import type { AccessFact } from './events.js';

/** What became of a command: the stuff of its receipt. */
export interface Done {
  /** Of the thing that the command addressed or made. */
  readonly id: string;
  readonly outcome: Outcome;
  /** Whether the command makes something new. */
  readonly created?: boolean;
  /** The path of what is new, when it isn't the request's path and the id. */
  readonly location?: string;
  /** Accesses that a cascade still takes in the background. */
  readonly remaining?: number;
  /** What the receipt says beside the common fields. */
  readonly more?: JsonObject;
}

export type CommandClass<Command extends CallerContext> = new (...args: never[]) => Command;

/** A command and how it is brought to its streams. */
export interface UseCase<Command extends CallerContext = CallerContext> {
  readonly command: CommandClass<Command>;
  readonly run: (command: Command, access: Access) => Promise<Done>;
}

/** For lists of use cases: their commands differ, the bus brings each its own. */
export interface AnyUseCase {
  readonly command: new (...args: never[]) => CallerContext;
  readonly run: (command: never, access: Access) => Promise<Done>;
}

type AccountCommand = CallerContext & { readonly accountId: string };

/** A command that is decided on its account alone, with what it must know of roles and applications. */
export const onAccount = <Command extends AccountCommand>(
  command: CommandClass<Command>,
  parts: {
    readonly decide: (command: Command, account: Account, access: Access) => Promise<AccessFact[]> | AccessFact[];
    /** The id of the addressed thing; the account's when left out. */
    readonly id?: (command: Command) => string;
    /** The revision of the addressed thing's last event; the account's own when left out. */
    readonly revisionOf?: (command: Command, account: Account) => bigint | undefined;
  },
): UseCase<Command> => ({
  command,
  run: async (given, access) => {
    const { decide, id, revisionOf } = parts;
    const outcome = await access.decide(
      accountAggregate,
      given.accountId,
      given,
      (account) => decide(given, account, access),
      (account) => (revisionOf ? revisionOf(given, account) : account.revision),
    );
    return { id: id?.(given) ?? given.accountId, outcome, remaining: await access.account(given.accountId, remaining) };
  },
});
