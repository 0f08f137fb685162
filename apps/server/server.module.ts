import { type DynamicModule, Module } from '@nestjs/common';
import { commandControllers } from '#access/http/command-controllers.js';
import { INVITATION_TOKENS, invitationTokens } from '#access/http/invitation-tokens.js';
import { LOG_READING } from '#access/http/queries/log-asking.js';
import { queryControllers } from '#access/http/query-controllers.js';
import { API_KEY_SECRETS } from '#access/http/tokens.js';
import { queries } from '#access/queries.js';
import { queryHandlerOf } from '#access/query-handlers.js';
import { READING } from '#access/queries/query.js';
import { MAILBOX, PagesController } from '#delivery/pages/pages.controller.js';
import { AccessChangesStreamRoute } from '#delivery/stream/access-changes-stream-route.js';
import { CommandsModule } from './commands.module.js';
import type { Installation } from './installation.js';

/** The whole product over one installation. */
@Module({})
export class ServerModule {
  static over(installation: Installation): DynamicModule {
    const { reading, engines } = installation;
    return {
      module: ServerModule,
      imports: [CommandsModule.over(installation)],
      controllers: [...commandControllers, ...queryControllers, AccessChangesStreamRoute, PagesController],
      providers: [
        { provide: READING, useValue: reading },
        { provide: API_KEY_SECRETS, useValue: installation },
        { provide: INVITATION_TOKENS, useValue: invitationTokens(reading.reader, () => engines.log.head()) },
        { provide: LOG_READING, useValue: reading },
        { provide: MAILBOX, useValue: installation.config.mailbox ? { folder: engines.mailFolder } : null },
        ...queries.map(queryHandlerOf),
      ],
    };
  }
}
