import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Access } from '#access/access.js';
import { apiKeyAuthenticator } from '#access/authenticator.js';
import { handlerOf } from '#access/command-handlers.js';
import { OPERATIONS } from '#access/http/operations/operations.js';
import { OperationRoutes } from '#access/http/operations/routes.js';
import { FRESHNESS } from '#access/http/queries/query-route.js';
import { useCases } from '#access/use-cases.js';
import { AUTHENTICATOR } from '#platform/authentication.js';
import type { Installation } from './installation.js';

/** What every process has of an installation: the commands, which reactors and the timer bring too, and what operators ask and do. */
@Module({})
export class CommandsModule {
  static over(installation: Installation): DynamicModule {
    const { access, loop, reading, freshness } = installation;
    return {
      module: CommandsModule,
      imports: [CqrsModule.forRoot()],
      controllers: [OperationRoutes],
      providers: [
        { provide: Access, useValue: access },
        { provide: AUTHENTICATOR, useValue: apiKeyAuthenticator({ loop, reader: reading.reader }) },
        { provide: OPERATIONS, useValue: installation },
        { provide: FRESHNESS, useValue: freshness },
        ...useCases.map(handlerOf),
      ],
      exports: [CqrsModule, AUTHENTICATOR, Access, FRESHNESS],
    };
  }
}
