import { Body, Controller, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Reasoned } from '#platform/fields.js';
import type { CallerContext } from '../../caller.js';
import { ResendInvitation } from '../../account/resend-invitation.js';
import type { Done } from '../../use-case.js';
import { CommandRoute } from './command-route.js';
import { Context } from './context.js';

@Controller('v1/accounts/:accountId/invitations/:invitationId')
export class ResendInvitationRoute {
  constructor(private readonly commands: CommandBus) {}

  @Post('resend')
  @CommandRoute('resendInvitation', {
    summary: 'Sends the mail again with a new token; the old one opens nothing any more.',
    needs: 'members:invite',
    codes: ['account-not-found', 'invitation-not-found', 'invitation-not-pending', 'resent-too-soon'],
  })
  async resendInvitation(
    @Param('accountId') accountId: string,
    @Param('invitationId') invitationId: string,
    @Body() _body: Reasoned,
    @Context() context: CallerContext,
  ): Promise<Done> {
    return this.commands.execute(new ResendInvitation({ accountId, invitationId }, context));
  }
}
