import { Body, Controller, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Reasoned } from '#platform/fields.js';
import type { CallerContext } from '../../caller.js';
import { RevokeApiKey } from '../../api-key/revoke-api-key.js';
import type { Done } from '../../use-case.js';
import { CommandRoute } from './command-route.js';
import { Context } from './context.js';

@Controller('v1/api-keys/:keyId')
export class RevokeApiKeyRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post('revoke')
  @CommandRoute('revokeApiKey', {
    summary: 'Ends an API key; it stops within a second.',
    needs: 'api-keys:manage',
    codes: ['api-key-not-found', 'last-operator'],
  })
  async revokeApiKey(
    @Param('keyId') keyId: string,
    @Body() _body: Reasoned,
    @Context() context: CallerContext,
  ): Promise<Done> {
    return this.commands.execute(new RevokeApiKey({ keyId }, context));
  }
}
