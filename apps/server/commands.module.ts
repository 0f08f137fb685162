import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Access } from '#access/access.js';
import { apiKeyAuthenticator } from '#access/authenticator.js';
import { handlerOf } from '#access/command-handlers.js';
import { useCases } from '#access/use-cases.js';
import { AUTHENTICATOR } from '#platform/authentication.js';
import type { Installation } from './installation.js';

/** What every process has of an installation: the commands, which reactors and the timer bring too. */
@Module({})
export class CommandsModule {
  static over({ access, loop, reading }: Installation): DynamicModule {
    return {
      module: CommandsModule,
      imports: [CqrsModule.forRoot()],
      providers: [
        { provide: Access, useValue: access },
        { provide: AUTHENTICATOR, useValue: apiKeyAuthenticator({ loop, reader: reading.reader }) },
        ...useCases.map(handlerOf),
      ],
      exports: [CqrsModule, AUTHENTICATOR, Access],
    };
  }
}
