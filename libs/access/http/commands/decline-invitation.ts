import { Body, Controller, Inject, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { RateLimit } from '#platform/routes.js';
import { DeclineInvitation } from '../../account/decline-invitation.js';
import type { Done } from '../../use-case.js';
import { INVITATION_TOKENS, type InvitationTokens } from '../invitation-tokens.js';
import { CommandRoute } from './command-route.js';
import { inviteeContext, TokenBody } from './invitation-token.js';

@Controller('v1/invitations')
export class DeclineInvitationRoute {
  constructor(
    private readonly commands: CommandBus,
    @Inject(INVITATION_TOKENS) private readonly tokens: InvitationTokens,
  ) {}

  @Post('decline')
  @RateLimit('token')
  @CommandRoute('declineInvitation', {
    summary: 'Declines an invitation; its token opens nothing any more.',
    needs: 'public',
    codes: ['invitation-not-found', 'invitation-not-pending'],
  })
  async declineInvitation(@Body() body: TokenBody, @Req() request: FastifyRequest): Promise<Done> {
    const { invitation, tokenSha256 } = await this.tokens.find(body.token);
    const { accountId, invitationId, userId } = invitation;
    const context = inviteeContext(request, userId, tokenSha256);
    return this.commands.execute(new DeclineInvitation({ accountId, invitationId, tokenSha256 }, context));
  }
}
