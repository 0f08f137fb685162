import { Controller, Delete, Param } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { CallerContext } from '../../caller.js';
import { UnassignApplication } from '../../account/unassign-application.js';
import type { Done } from '../../use-case.js';
import { CommandRoute } from './command-route.js';
import { Context } from './context.js';

@Controller('v1/accounts/:accountId/applications/:applicationId')
export class UnassignApplicationRoute {
  constructor(private readonly commands: CommandBus) {}

  @Delete()
  @CommandRoute('unassignApplication', {
    summary: 'Takes an application from an account, and with it every access to it.',
    needs: 'applications:assign',
    codes: ['account-not-found', 'application-auto-assigned'],
  })
  async unassignApplication(
    @Param('accountId') accountId: string,
    @Param('applicationId') applicationId: string,
    @Context() context: CallerContext,
  ): Promise<Done> {
    return this.commands.execute(new UnassignApplication({ accountId, applicationId }, context));
  }
}
