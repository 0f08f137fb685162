import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { Flag, Id, ListOfNested, Name, Nested, OneOf, Revision, Text, Time } from '#platform/fields.js';
import { idKind, nameOfKind, textKind } from '#platform/kinds.js';
import { ListParameter, ListQuery, MomentQuery, SearchParameter, SortParameter } from '#platform/query-fields.js';
import type { InvitationAnswer } from '../../queries/invitation-rows.js';
import { GetInvitation, ListInvitations } from '../../queries/list-invitations.js';
import type { Page } from '../../queries/list.js';
import type { QueryContext } from '../../queries/query.js';
import type { Single } from '../../queries/single.js';
import { Actor } from './actor.js';
import { pageOf } from './page-of.js';
import { Asking, ListRoute, listParameters, momentOf, SingleRoute } from './query-route.js';

const statuses = ['pending', 'accepted', 'declined', 'revoked', 'expired'];

class InvitedApplication {
  @Id('app') readonly id!: string;
  @Name() readonly name!: string;
  @Flag({ description: 'Comes with the account.' }) readonly auto!: boolean;
  @OneOf(['unassigned', 'retired'], { nullable: true, description: 'Why it is promised no more.' })
  readonly lost!: string | null;
}

export class Invitation {
  @Id('inv') readonly id!: string;
  @Id('acc') readonly accountId!: string;
  @Id('usr') readonly userId!: string;
  @Name({ description: 'As the inviter typed it; the own name once accepted.' }) readonly firstName!: string;
  @Name() readonly lastName!: string;
  @Text({ max: 254 }) readonly email!: string;
  @Text({ max: 100 }) readonly role!: string;
  @Id('team', { nullable: true }) readonly teamId!: string | null;
  @OneOf(statuses) readonly status!: string;
  @ListOfNested(() => InvitedApplication, { max: 200 }) readonly applications!: InvitedApplication[];
  @OneOf(['invitation', 'shared']) readonly origin!: string;
  @Nested(() => Actor) readonly invitedBy!: Actor;
  @Time() readonly invitedAt!: string;
  @Time({ nullable: true }) readonly resentAt!: string | null;
  @Time() readonly expiresAt!: string;
  @Time({ nullable: true }) readonly closedAt!: string | null;
  @Revision() readonly revision!: string;
}
const InvitationList = pageOf(Invitation);

export class InvitationsQuery extends ListQuery {
  @SortParameter(['invitedAt', 'expiresAt', 'email'], { first: '-invitedAt' }) readonly sort?: string;
  @SearchParameter() readonly search?: string;
  @ListParameter(nameOfKind(statuses)) readonly status?: string[];
  @ListParameter(textKind({ max: 100 })) readonly role?: string[];
  @ListParameter(idKind()) readonly invitedBy?: string[];
  @ListParameter(idKind('app')) readonly applicationId?: string[];
}

@Controller('v1')
export class InvitationRoutes {
  constructor(private readonly queries: QueryBus) {}

  @Get('invitations')
  @ListRoute('listInvitations', {
    summary: 'Invitations of all accounts in reach.',
    needs: 'members:view',
    answer: InvitationList,
  })
  async listInvitations(
    @Query() query: InvitationsQuery,
    @Asking() asking: QueryContext,
  ): Promise<Page<InvitationAnswer>> {
    return this.queries.execute(new ListInvitations({ parameters: listParameters(query) }, asking));
  }

  @Get('accounts/:accountId/invitations')
  @ListRoute('listAccountInvitations', {
    summary: 'Invitations of one account.',
    needs: 'members:view',
    codes: ['account-not-found'],
    answer: InvitationList,
  })
  async listAccountInvitations(
    @Param('accountId') accountId: string,
    @Query() query: InvitationsQuery,
    @Asking() asking: QueryContext,
  ): Promise<Page<InvitationAnswer>> {
    return this.queries.execute(new ListInvitations({ accountId, parameters: listParameters(query) }, asking));
  }

  @Get('accounts/:accountId/invitations/:invitationId')
  @SingleRoute('getInvitation', {
    summary: 'One invitation.',
    needs: 'members:view',
    codes: ['account-not-found', 'invitation-not-found'],
    answer: Invitation,
  })
  async getInvitation(
    @Param('accountId') accountId: string,
    @Param('invitationId') invitationId: string,
    @Query() query: MomentQuery,
    @Asking() asking: QueryContext,
  ): Promise<Single<InvitationAnswer>> {
    return this.queries.execute(new GetInvitation({ accountId, invitationId, at: momentOf(query) }, asking));
  }
}
