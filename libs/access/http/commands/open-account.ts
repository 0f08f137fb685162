import { Body, Controller, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { derivedId } from '#eventing/ids.js';
import { EmailAddress, Id, Name, Nested, Reasoned, Text } from '#platform/fields.js';
import type { CallerContext } from '../../caller.js';
import { OpenAccount } from '../../account/open-account.js';
import type { Done } from '../../use-case.js';
import { CommandRoute } from './command-route.js';
import { Context } from './context.js';
import { Receipt } from './receipt.js';

export class OwnerBody {
  @Name() readonly firstName!: string;
  @Name() readonly lastName!: string;
  @EmailAddress() readonly email!: string;
}

export class OpenAccountBody extends Reasoned {
  @Name() readonly name!: string;
  @Text({ max: 100, optional: true, description: 'The first plan of the configuration when left out.' })
  readonly plan?: string;
  @Text({ max: 100, optional: true, description: 'Your own id for it, unique in the platform.' })
  readonly externalId?: string;
  @Nested(() => OwnerBody, { description: 'Invited as its first owner.' }) readonly owner!: OwnerBody;
}

export class AccountReceipt extends Receipt {
  @Id('usr') readonly ownerId!: string;
  @Id('inv', { description: "The owner's invitation." }) readonly invitationId!: string;
}

@Controller('v1/accounts')
export class OpenAccountRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @CommandRoute('openAccount', {
    summary: 'Opens an account with the default application and invites its first owner.',
    needs: 'accounts:open',
    codes: ['plan-unknown', 'external-id-taken'],
    creates: true,
    answer: AccountReceipt,
  })
  async openAccount(@Body() body: OpenAccountBody, @Context() context: CallerContext): Promise<Done> {
    return this.commands.execute(
      new OpenAccount(
        { ...body, owner: { ...body.owner, userId: '' }, accountId: derivedId('acc', context.commandId) },
        context,
      ),
    );
  }
}
