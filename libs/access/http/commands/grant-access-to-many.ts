import { Body, Controller, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Id, ListOfNested, Reasoned, Text, Time } from '#platform/fields.js';
import type { CallerContext } from '../../caller.js';
import { GrantAccessToMany } from '../../account/grant-access-to-many.js';
import type { Done } from '../../use-case.js';
import { CommandRoute } from './command-route.js';
import { Context } from './context.js';

export class GrantBody {
  @Id('usr') readonly userId!: string;
  @Id('app') readonly applicationId!: string;
  @Text({ max: 100, optional: true }) readonly role?: string;
  @Time({ optional: true }) readonly expiresAt?: string;
}

export class GrantAccessToManyBody extends Reasoned {
  @ListOfNested(() => GrantBody, { min: 1, max: 500 }) readonly grants!: GrantBody[];
}

@Controller('v1/accounts/:accountId/access')
export class GrantAccessToManyRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @CommandRoute('grantAccessToMany', {
    summary: 'Gives members applications, pair by pair; all of them or none.',
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
  async grantAccessToMany(
    @Param('accountId') accountId: string,
    @Body() body: GrantAccessToManyBody,
    @Context() context: CallerContext,
  ): Promise<Done> {
    return this.commands.execute(new GrantAccessToMany({ accountId, grants: body.grants }, context));
  }
}
