import { Body, Controller, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Reasoned } from '#platform/fields.js';
import type { CallerContext } from '../../caller.js';
import { RevokeInvitation } from '../../account/revoke-invitation.js';
import type { Done } from '../../use-case.js';
import { CommandRoute } from './command-route.js';
import { Context } from './context.js';

@Controller('v1/accounts/:accountId/invitations/:invitationId')
export class RevokeInvitationRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post('revoke')
  @CommandRoute('revokeInvitation', {
    summary: 'Takes an invitation back.',
    needs: 'members:invite',
    codes: ['account-not-found', 'invitation-not-found', 'invitation-not-pending'],
  })
  async revokeInvitation(
    @Param('accountId') accountId: string,
    @Param('invitationId') invitationId: string,
    @Body() _body: Reasoned,
    @Context() context: CallerContext,
  ): Promise<Done> {
    return this.commands.execute(new RevokeInvitation({ accountId, invitationId }, context));
  }
}
