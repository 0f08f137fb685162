import { Body, Controller, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Reasoned } from '#platform/fields.js';
import type { CallerContext } from '../../caller.js';
import { ActivateApplication } from '../../application/activate-application.js';
import type { Done } from '../../use-case.js';
import { CommandRoute } from './command-route.js';
import { Context } from './context.js';

@Controller('v1/applications/:applicationId')
export class ActivateApplicationRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post('activate')
  @CommandRoute('activateApplication', {
    summary: 'Opens the gate: accesses given before let people in from now on.',
    needs: 'authenticated',
    codes: ['application-not-found', 'application-retired'],
  })
  async activateApplication(
    @Param('applicationId') applicationId: string,
    @Body() _body: Reasoned,
    @Context() context: CallerContext,
  ): Promise<Done> {
    return this.commands.execute(new ActivateApplication({ applicationId }, context));
  }
}
