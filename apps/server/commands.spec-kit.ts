import type { CommandBus } from '@nestjs/cqrs';
import type { Access } from '#access/access.js';
import type { Caller, CallerContext } from '#access/caller.js';
import type { Done, UseCase } from '#access/use-case.js';
import { useCases } from '#access/use-cases.js';
import { derivedId } from '#eventing/ids.js';

/** Brings a command to its use case, as the command bus does. */
export const run = (access: Access, command: CallerContext): Promise<Done> => {
  const useCase = useCases.find((one) => command instanceof one.command) as UseCase;
  return useCase.run(command, access);
};

export const busOf = (access: () => Access): CommandBus =>
  ({ execute: (command: CallerContext) => run(access(), command) }) as unknown as CommandBus;

export const operator: Caller = {
  kind: 'service',
  id: 'key_operator',
  scope: { kind: 'platform' },
  permissions: ['*@platform'],
  expiresAt: null,
};

/** The context of a command with an Idempotency-Key: the same key, the same command. */
export const keyed = (key: string, caller: Caller = operator, rest: Partial<CallerContext> = {}): CallerContext => ({
  caller,
  actor: { kind: caller.kind, id: caller.id },
  commandId: derivedId('cmd', key),
  requestHash: key,
  correlationId: key,
  now: new Date().toISOString(),
  ...rest,
});
