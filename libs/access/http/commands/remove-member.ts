import { Controller, Delete, Param } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { CallerContext } from '../../caller.js';
import { RemoveMember } from '../../account/remove-member.js';
import type { Done } from '../../use-case.js';
import { CommandRoute } from './command-route.js';
import { Context } from './context.js';

@Controller('v1/accounts/:accountId/members/:userId')
export class RemoveMemberRoute {
  constructor(private readonly commands: CommandBus) {}

  @Delete()
  @CommandRoute('removeMember', {
    summary: 'Removes a member with all their accesses; for oneself: leaving. Needs members:remove, but to leave.',
    needs: 'authenticated',
    codes: ['account-not-found', 'member-not-found', 'role-exceeds-yours', 'last-owner'],
  })
  async removeMember(
    @Param('accountId') accountId: string,
    @Param('userId') userId: string,
    @Context() context: CallerContext,
  ): Promise<Done> {
    return this.commands.execute(new RemoveMember({ accountId, userId }, context));
  }
}
