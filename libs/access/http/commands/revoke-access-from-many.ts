import { Body, Controller, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Id, ListOfNested, Reasoned } from '#platform/fields.js';
import type { CallerContext } from '../../caller.js';
import { RevokeAccessFromMany } from '../../account/revoke-access-from-many.js';
import type { Done } from '../../use-case.js';
import { CommandRoute } from './command-route.js';
import { Context } from './context.js';

export class AccessBody {
  @Id('usr') readonly userId!: string;
  @Id('app') readonly applicationId!: string;
}

export class RevokeAccessFromManyBody extends Reasoned {
  @ListOfNested(() => AccessBody, { min: 1, max: 500 }) readonly accesses!: AccessBody[];
}

@Controller('v1/accounts/:accountId/access/revoke')
export class RevokeAccessFromManyRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @CommandRoute('revokeAccessFromMany', {
    summary: 'Takes applications from members, pair by pair; all of them or none.',
    needs: 'members:revoke-access',
    codes: ['account-not-found', 'member-not-found', 'application-auto-assigned'],
  })
  async revokeAccessFromMany(
    @Param('accountId') accountId: string,
    @Body() body: RevokeAccessFromManyBody,
    @Context() context: CallerContext,
  ): Promise<Done> {
    return this.commands.execute(new RevokeAccessFromMany({ accountId, accesses: body.accesses }, context));
  }
}
