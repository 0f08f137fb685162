import { Body, Controller, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ListOf, Reasoned } from '#platform/fields.js';
import { idKind } from '#platform/kinds.js';
import type { CallerContext } from '../../caller.js';
import { AssignApplication } from '../../account/assign-application.js';
import type { Done } from '../../use-case.js';
import { CommandRoute } from './command-route.js';
import { Context } from './context.js';

export class AssignApplicationBody extends Reasoned {
  @ListOf(idKind('app'), { min: 1, max: 200 }) readonly applicationIds!: string[];
}

@Controller('v1/accounts/:accountId/applications')
export class AssignApplicationRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @CommandRoute('assignApplication', {
    summary: 'Gives applications to an account; all of them or none.',
    needs: 'applications:assign',
    codes: ['account-not-found', 'application-not-found', 'application-retired', 'application-not-assignable'],
  })
  async assignApplication(
    @Param('accountId') accountId: string,
    @Body() body: AssignApplicationBody,
    @Context() context: CallerContext,
  ): Promise<Done> {
    return this.commands.execute(new AssignApplication({ accountId, applicationIds: body.applicationIds }, context));
  }
}
