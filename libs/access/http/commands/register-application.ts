import { Body, Controller, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { derivedId } from '#eventing/ids.js';
import { Id, Name, OneOf, Reasoned, Text, WebAddress } from '#platform/fields.js';
import type { CallerContext } from '../../caller.js';
import { RegisterApplication } from '../../application/register-application.js';
import type { Done } from '../../use-case.js';
import { CommandRoute } from './command-route.js';
import { Context } from './context.js';

export class RegisterApplicationBody extends Reasoned {
  @Name() readonly name!: string;
  @Text({ max: 1000, multiline: true, optional: true }) readonly description?: string;
  @WebAddress({ optional: true }) readonly homeUrl?: string;
  @Text({ max: 100, optional: true, description: 'Your own id for it, unique in the platform.' })
  readonly externalId?: string;
  @Id('acc', { optional: true, description: 'The account that publishes it; the platform when left out.' })
  readonly publisherAccountId?: string;
  @Id('usr', { optional: true }) readonly ownerId?: string;
  @OneOf(['operators', 'admins'], {
    optional: true,
    description: 'Who may assign it to an account; `operators` when left out.',
  })
  readonly assignableBy?: 'operators' | 'admins';
}

@Controller('v1/applications')
export class RegisterApplicationRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @CommandRoute('registerApplication', {
    summary: 'Adds an application to the catalogue; one that an account publishes is assigned to it at once.',
    needs: 'authenticated',
    codes: ['name-taken', 'external-id-taken', 'user-not-found', 'account-not-found'],
    creates: true,
  })
  async registerApplication(@Body() body: RegisterApplicationBody, @Context() context: CallerContext): Promise<Done> {
    return this.commands.execute(
      new RegisterApplication({ ...body, applicationId: derivedId('app', context.commandId) }, context),
    );
  }
}
