import type { CommandContext } from '#eventing/command.js';
import { given } from '#eventing/json.js';

/** Where an API key reaches. */
export type KeyScope =
  | { readonly kind: 'platform' }
  | { readonly kind: 'account'; readonly accountId: string }
  | { readonly kind: 'application'; readonly applicationId: string };

/** Who calls, with what the caller's own record grants. What a person's role grants in an account is found in that account's state. */
export type Caller =
  | {
      readonly kind: 'service';
      /** The API key's id. */
      readonly id: string;
      readonly scope: KeyScope;
      /** `resource:action@scope`; a platform key may hold `*@platform`. */
      readonly permissions: readonly string[];
      readonly expiresAt: string | null;
    }
  | {
      readonly kind: 'user';
      readonly id: string;
      /** Permissions of the platform role, none for most people. */
      readonly permissions: readonly string[];
    }
  | { readonly kind: 'system'; readonly id: 'system' };

export interface CallerContext extends CommandContext {
  readonly caller: Caller;
}

const contextFields = [
  'caller',
  'actor',
  'commandId',
  'requestHash',
  'now',
  'reason',
  'ticket',
  'correlationId',
  'causationId',
  'via',
  'ifMatch',
  'dryRun',
] as const satisfies readonly (keyof CallerContext)[];

/**
 * A command class with these fields beside those of its context: `class ChangeRole extends command<{ userId: string }>() {}`.
 * Another command may be given as the context; of it only the context is taken.
 */
export const command = <Fields extends object>(): new (
  fields: Fields,
  context: CallerContext,
) => Readonly<Fields> & CallerContext =>
  class {
    constructor(fields: Fields, context: CallerContext) {
      const own = this as Record<string, unknown>;
      for (const field of contextFields) if (context[field] !== undefined) own[field] = context[field];
      Object.assign(this, given(fields));
    }
  } as never;

/** The same command with some fields changed. */
export const altered = <Command extends CallerContext>(command: Command, fields: Partial<Command>): Command =>
  Object.assign(Object.create(Object.getPrototypeOf(command) as object) as Command, command, fields);

/** For what a command does beside the thing it addresses: If-Match speaks of that thing alone. */
export const withoutIfMatch = ({ ifMatch: _, ...context }: CallerContext): CallerContext => context;
