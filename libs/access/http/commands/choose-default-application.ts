import { Body, Controller, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Id, Reasoned } from '#platform/fields.js';
import type { CallerContext } from '../../caller.js';
import { ChooseDefaultApplication } from '../../platform/choose-default-application.js';
import type { Done } from '../../use-case.js';
import { CommandRoute } from './command-route.js';
import { Context } from './context.js';

export class ChooseDefaultApplicationBody extends Reasoned {
  @Id('app') readonly applicationId!: string;
}

@Controller('v1/platform/default-application')
export class ChooseDefaultApplicationRoute {
  constructor(private readonly commands: CommandBus) {}

  @Put()
  @CommandRoute('chooseDefaultApplication', {
    summary: 'Every account opened from now on has this application.',
    needs: 'applications:manage',
    codes: ['application-not-found', 'application-retired'],
  })
  async chooseDefaultApplication(
    @Body() body: ChooseDefaultApplicationBody,
    @Context() context: CallerContext,
  ): Promise<Done> {
    return this.commands.execute(new ChooseDefaultApplication({ applicationId: body.applicationId }, context));
  }
}
