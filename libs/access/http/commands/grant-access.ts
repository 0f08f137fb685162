import { Body, Controller, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ListOf, Reasoned, Text, Time } from '#platform/fields.js';
import { idKind } from '#platform/kinds.js';
import type { CallerContext } from '../../caller.js';
import { GrantAccess } from '../../account/grant-access.js';
import type { Done } from '../../use-case.js';
import { CommandRoute } from './command-route.js';
import { Context } from './context.js';

export class GrantAccessBody extends Reasoned {
  @ListOf(idKind('app'), { min: 1, max: 200 }) readonly applicationIds!: string[];
  @Text({
    max: 100,
    optional: true,
    description: 'A role for these applications; the role in the account when left out.',
  })
  readonly role?: string;
  @Time({ optional: true }) readonly expiresAt?: string;
}

@Controller('v1/accounts/:accountId/members/:userId/applications')
export class GrantAccessRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @CommandRoute('grantAccess', {
    summary: 'Gives a member one or many applications.',
    needs: 'members:grant-access',
    codes: [
      'account-not-found',
      'member-not-found',
      'member-not-active',
      'application-not-assigned',
      'application-retired',
      'role-unknown',
      'role-retired',
      'role-exceeds-yours',
      'expires-at-past',
      'access-differs',
    ],
  })
  async grantAccess(
    @Param('accountId') accountId: string,
    @Param('userId') userId: string,
    @Body() body: GrantAccessBody,
    @Context() context: CallerContext,
  ): Promise<Done> {
    return this.commands.execute(new GrantAccess({ ...body, accountId, userId }, context));
  }
}
