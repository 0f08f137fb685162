import { Body, Controller, Param, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Id, Reasoned, Text } from '#platform/fields.js';
import type { CallerContext } from '../../caller.js';
import { ChangeRole } from '../../account/change-role.js';
import type { Done } from '../../use-case.js';
import { CommandRoute } from './command-route.js';
import { Context } from './context.js';

export class ChangeRoleBody extends Reasoned {
  @Text({ max: 100, nullable: true, description: 'With an application, null falls back to the role in the account.' })
  readonly role!: string | null;
  @Id('app', { optional: true }) readonly applicationId?: string;
}

@Controller('v1/accounts/:accountId/members/:userId/role')
export class ChangeRoleRoute {
  constructor(private readonly commands: CommandBus) {}

  @Put()
  @CommandRoute('changeRole', {
    summary: 'Gives a member another role, in the account or for one application.',
    needs: 'members:change-role',
    codes: [
      'account-not-found',
      'member-not-found',
      'role-unknown',
      'role-retired',
      'role-exceeds-yours',
      'last-owner',
      'no-access',
    ],
  })
  async changeRole(
    @Param('accountId') accountId: string,
    @Param('userId') userId: string,
    @Body() body: ChangeRoleBody,
    @Context() context: CallerContext,
  ): Promise<Done> {
    return this.commands.execute(
      new ChangeRole({ accountId, userId, role: body.role, applicationId: body.applicationId }, context),
    );
  }
}
