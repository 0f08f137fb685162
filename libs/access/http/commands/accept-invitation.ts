import { Body, Controller, Inject, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { Id, ListOf, Name } from '#platform/fields.js';
import { idKind } from '#platform/kinds.js';
import { RateLimit } from '#platform/routes.js';
import { AcceptInvitation } from '../../account/accept-invitation.js';
import type { Done } from '../../use-case.js';
import { INVITATION_TOKENS, type InvitationTokens } from '../invitation-tokens.js';
import { CommandRoute } from './command-route.js';
import { inviteeContext, TokenBody } from './invitation-token.js';
import { Receipt } from './receipt.js';

export class AcceptInvitationBody extends TokenBody {
  @Name({ optional: true, description: 'The name the person wants to have; the typed one when left out.' })
  readonly firstName?: string;
  @Name({ optional: true }) readonly lastName?: string;
}

export class AcceptanceReceipt extends Receipt {
  @Id('acc') readonly accountId!: string;
  @Id('usr') readonly userId!: string;
  @ListOf(idKind('app'), { max: 200 }) readonly applicationIds!: string[];
  @ListOf(idKind('app'), { max: 200, description: 'Promised, but taken from the account meanwhile.' })
  readonly lostApplicationIds!: string[];
}

@Controller('v1/invitations')
export class AcceptInvitationRoute {
  constructor(
    private readonly commands: CommandBus,
    @Inject(INVITATION_TOKENS) private readonly tokens: InvitationTokens,
  ) {}

  @Post('accept')
  @RateLimit('token')
  @CommandRoute('acceptInvitation', {
    summary: 'Joins the account with the promised role and applications. A token works once.',
    needs: 'public',
    codes: ['invitation-not-found', 'invitation-not-pending'],
    answer: AcceptanceReceipt,
  })
  async acceptInvitation(@Body() body: AcceptInvitationBody, @Req() request: FastifyRequest): Promise<Done> {
    const { firstName, lastName } = body;
    const { invitation, tokenSha256 } = await this.tokens.find(body.token);
    const { accountId, invitationId, userId } = invitation;
    const named = { accountId, invitationId, tokenSha256, firstName, lastName };
    return this.commands.execute(new AcceptInvitation(named, inviteeContext(request, userId, tokenSha256)));
  }
}
