import type { CommandBus } from '@nestjs/cqrs';
import type { Access } from '#access/access.js';
import type { CallerContext } from '#access/caller.js';
import type { Done, UseCase } from '#access/use-case.js';
import { useCases } from '#access/use-cases.js';

/** Brings a command to its use case. */
export const runCommand = (access: Access, command: CallerContext): Promise<Done> => {
  const useCase = useCases.find((one) => command instanceof one.command) as UseCase;
  return useCase.run(command, access);
};

/** What the command bus does for reactors, without loading it. */
export const busOf = (access: Access): CommandBus =>
  ({ execute: (command: CallerContext) => runCommand(access, command) }) as unknown as CommandBus;
