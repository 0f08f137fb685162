import { Controller, Delete, Param } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { CallerContext } from '../../caller.js';
import { RevokeAccess } from '../../account/revoke-access.js';
import type { Done } from '../../use-case.js';
import { CommandRoute } from './command-route.js';
import { Context } from './context.js';

@Controller('v1/accounts/:accountId/members/:userId/applications/:applicationId')
export class RevokeAccessRoute {
  constructor(private readonly commands: CommandBus) {}

  @Delete()
  @CommandRoute('revokeAccess', {
    summary: 'Takes an application from a member.',
    needs: 'members:revoke-access',
    codes: ['account-not-found', 'member-not-found', 'application-auto-assigned'],
  })
  async revokeAccess(
    @Param('accountId') accountId: string,
    @Param('userId') userId: string,
    @Param('applicationId') applicationId: string,
    @Context() context: CallerContext,
  ): Promise<Done> {
    return this.commands.execute(new RevokeAccess({ accountId, userId, applicationId }, context));
  }
}
