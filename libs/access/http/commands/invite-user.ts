import { Body, Controller, Inject, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { EmailAddress, Id, ListOf, Name, Reasoned, Text, WholeNumber } from '#platform/fields.js';
import { idKind } from '#platform/kinds.js';
import { RATE_LIMITS, type RateLimits } from '#platform/rate-limits.js';
import type { CallerContext } from '../../caller.js';
import { Access } from '../../access.js';
import { InviteUser } from '../../account/invite-user.js';
import { heldIn, permissionScopes } from '../../permission.js';
import type { Done } from '../../use-case.js';
import { CommandRoute } from './command-route.js';
import { Context } from './context.js';
import { Receipt } from './receipt.js';

export class InviteUserBody extends Reasoned {
  @Name() readonly firstName!: string;
  @Name() readonly lastName!: string;
  @EmailAddress() readonly email!: string;
  @Text({ max: 100 }) readonly role!: string;
  @ListOf(idKind('app'), { max: 200, optional: true }) readonly applicationIds?: string[];
  @Id('team', { optional: true }) readonly teamId?: string;
  @WholeNumber({ min: 1, max: 30, optional: true, description: 'Days until it expires; 7 when left out.' })
  readonly expiresInDays?: number;
}

export class InvitationReceipt extends Receipt {
  @Id('usr', { description: 'The invited person, known before or not.' }) readonly userId!: string;
}

@Controller('v1/accounts/:accountId/invitations')
export class InviteUserRoute {
  constructor(
    private readonly commands: CommandBus,
    private readonly access: Access,
    @Inject(RATE_LIMITS) private readonly limits: RateLimits,
  ) {}

  @Post()
  @CommandRoute('inviteUser', {
    summary: 'Invites a person by mail, with a role and applications.',
    needs: 'members:invite',
    codes: [
      'account-not-found',
      'application-not-assigned',
      'application-retired',
      'role-unknown',
      'role-retired',
      'role-exceeds-yours',
      'team-not-found',
      'team-required',
      'already-member',
      'invitation-pending',
    ],
    creates: true,
    answer: InvitationReceipt,
  })
  async inviteUser(
    @Param('accountId') accountId: string,
    @Body() body: InviteUserBody,
    @Context() context: CallerContext,
  ): Promise<Done> {
    if (await this.#reaches(accountId, context)) this.limits.take('invitations', accountId);
    return this.commands.execute(new InviteUser({ ...body, accountId, userId: '' }, context));
  }

  /** Whoever has no say in an account must not use up what its own people may send. */
  async #reaches(accountId: string, context: CallerContext): Promise<boolean> {
    return this.access.accountWithRoles(
      accountId,
      context,
      (account, roles) => permissionScopes(heldIn(context.caller, account, roles), 'members:invite').length > 0,
    );
  }
}
