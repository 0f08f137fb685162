import { Body, Controller, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Reasoned } from '#platform/fields.js';
import type { CallerContext } from '../../caller.js';
import { DeactivateApplication } from '../../application/deactivate-application.js';
import type { Done } from '../../use-case.js';
import { CommandRoute } from './command-route.js';
import { Context } from './context.js';

@Controller('v1/applications/:applicationId')
export class DeactivateApplicationRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post('deactivate')
  @CommandRoute('deactivateApplication', {
    summary: 'Shuts the gate: checks deny until it is active again; no access is lost.',
    needs: 'authenticated',
    codes: ['application-not-found', 'application-retired'],
  })
  async deactivateApplication(
    @Param('applicationId') applicationId: string,
    @Body() _body: Reasoned,
    @Context() context: CallerContext,
  ): Promise<Done> {
    return this.commands.execute(new DeactivateApplication({ applicationId }, context));
  }
}
