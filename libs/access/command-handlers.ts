import { Inject, type Type } from '@nestjs/common';
import { CommandHandler, type ICommand, type ICommandHandler } from '@nestjs/cqrs';
import { Access } from './access.js';
import type { CallerContext } from './caller.js';
import type { AnyUseCase, Done, UseCase } from './use-case.js';

/** The handler by which Nest's command bus brings a use case its commands. */
export const handlerOf = (useCase: AnyUseCase): Type<ICommandHandler> => {
  const { command, run } = useCase as UseCase;

  @CommandHandler(command)
  class Handler {
    constructor(@Inject(Access) private readonly access: Access) {}

    async execute(given: ICommand): Promise<Done> {
      return run(given as CallerContext, this.access);
    }
  }
  Object.defineProperty(Handler, 'name', { value: `${command.name}Handler` });
  return Handler;
};
