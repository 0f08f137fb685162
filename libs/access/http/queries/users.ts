import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { AnswerField, Id, ListOfNested, Name, Nested, OneOf, Revision, Text, Time } from '#platform/fields.js';
import { idKind, nameOfKind, textKind, timeKind } from '#platform/kinds.js';
import {
  ListParameter,
  ListQuery,
  MomentQuery,
  Parameter,
  SearchParameter,
  SortParameter,
} from '#platform/query-fields.js';
import { GetMember } from '../../queries/get-member.js';
import { GetUser, GetUserAccess, type UserAccessAnswer, type UserAnswer } from '../../queries/get-user.js';
import { ListUsers } from '../../queries/list-users.js';
import type { Page } from '../../queries/list.js';
import type { QueryContext } from '../../queries/query.js';
import type { Single } from '../../queries/single.js';
import type { UserRow } from '../../queries/user-rows.js';
import { Actor } from './actor.js';
import { Invitation } from './invitations.js';
import { pageOf } from './page-of.js';
import { Asking, ListRoute, listParameters, momentOf, SingleRoute } from './query-route.js';

class UserTeam {
  @Id('team') readonly id!: string;
  @Name() readonly name!: string;
}

class UserApplication {
  @Id('app') readonly id!: string;
  @Name() readonly name!: string;
  @OneOf(['inactive', 'active', 'retired']) readonly status!: string;
  @Text({ max: 100, nullable: true, description: "The access's own role; null = the member's." })
  readonly role!: string | null;
  @OneOf(['invitation', 'assigned', 'auto-assigned', 'shared']) readonly origin!: string;
  @Time() readonly since!: string;
  @Time({ nullable: true }) readonly expiresAt!: string | null;
}

const memberStatuses = ['invited', 'active', 'suspended', 'removed'];
export const memberStatusKind = nameOfKind(memberStatuses);

export class User {
  @Id('usr') readonly userId!: string;
  @Id('acc') readonly accountId!: string;
  @Name() readonly accountName!: string;
  @Name() readonly firstName!: string;
  @Name() readonly lastName!: string;
  @Text({ max: 254 }) readonly email!: string;
  @Text({ max: 100 }) readonly role!: string;
  @Text({ max: 100 }) readonly roleTitle!: string;
  @OneOf(memberStatuses) readonly status!: string;
  @Nested(() => UserTeam, { nullable: true }) readonly team!: UserTeam | null;
  @Time({ nullable: true }) readonly joinedAt!: string | null;
  @Time() readonly changedAt!: string;
  @Nested(() => Invitation, { nullable: true, description: 'The pending one.' })
  readonly invitation!: Invitation | null;
  @ListOfNested(() => UserApplication, { max: 10_000, description: 'Accesses that stand.' })
  readonly applications!: UserApplication[];
  @AnswerField({ type: 'array', items: { type: 'string' } }, { description: 'What this caller may do with it now.' })
  readonly capabilities!: string[];
  @Revision() readonly revision!: string;
}
export const UserList = pageOf(User);

export class UserDetails {
  @Id('usr') readonly userId!: string;
  @Name() readonly firstName!: string;
  @Name() readonly lastName!: string;
  @Text({ max: 254 }) readonly email!: string;
  @ListOfNested(() => User, { max: 10_000, description: 'A row for each account in reach.' })
  readonly accounts!: User[];
}

class UserAccessItem extends UserApplication {
  @Text({ max: 100, description: "The access's own role, else the member's." }) readonly effectiveRole!: string;
  @Id('acc') readonly accountId!: string;
  @Name() readonly accountName!: string;
  @Nested(() => Actor) readonly by!: Actor;
}

export class UserAccess {
  @Id('usr') readonly userId!: string;
  @ListOfNested(() => UserAccessItem, { max: 10_000 }) readonly items!: UserAccessItem[];
}

export class AccountUsersQuery extends ListQuery {
  @SortParameter(['name', 'email', 'role', 'status', 'changedAt']) readonly sort?: string;
  @SearchParameter() readonly search?: string;
  @ListParameter(memberStatusKind, { description: 'Without it, those who were removed are left out.' })
  readonly status?: string[];
  @ListParameter(textKind({ max: 100 })) readonly role?: string[];
  @ListParameter(idKind('team')) readonly teamId?: string[];
  @ListParameter(idKind('app')) readonly applicationId?: string[];
  @Parameter(timeKind) readonly changedSince?: string;
}

export class UsersQuery extends AccountUsersQuery {
  @ListParameter(idKind('acc')) readonly accountId?: string[];
}

@Controller('v1')
export class UserRoutes {
  constructor(private readonly queries: QueryBus) {}

  @Get('users')
  @ListRoute('listUsers', {
    summary: 'Users over all accounts in reach, once for each account.',
    needs: 'members:view',
    codes: ['account-not-found'],
    answer: UserList,
  })
  async listUsers(@Query() query: UsersQuery, @Asking() asking: QueryContext): Promise<Page<UserRow>> {
    return this.queries.execute(new ListUsers({ parameters: listParameters(query) }, asking));
  }

  @Get('accounts/:accountId/users')
  @ListRoute('listAccountUsers', {
    summary: 'The users of one account.',
    needs: 'members:view',
    codes: ['account-not-found'],
    answer: UserList,
  })
  async listAccountUsers(
    @Param('accountId') accountId: string,
    @Query() query: AccountUsersQuery,
    @Asking() asking: QueryContext,
  ): Promise<Page<UserRow>> {
    return this.queries.execute(new ListUsers({ accountId, parameters: listParameters(query) }, asking));
  }

  @Get('accounts/:accountId/members/:userId')
  @SingleRoute('getMember', {
    summary: "One person's place in an account.",
    needs: 'members:view',
    codes: ['account-not-found', 'member-not-found'],
    answer: User,
  })
  async getMember(
    @Param('accountId') accountId: string,
    @Param('userId') userId: string,
    @Query() query: MomentQuery,
    @Asking() asking: QueryContext,
  ): Promise<Single<UserRow>> {
    return this.queries.execute(new GetMember({ accountId, userId, at: momentOf(query) }, asking));
  }

  @Get('users/:userId')
  @SingleRoute('getUser', {
    summary: 'A person, with their places in the accounts in reach.',
    codes: ['user-not-found'],
    answer: UserDetails,
  })
  async getUser(
    @Param('userId') userId: string,
    @Query() query: MomentQuery,
    @Asking() asking: QueryContext,
  ): Promise<Single<UserAnswer>> {
    return this.queries.execute(new GetUser({ userId, at: momentOf(query) }, asking));
  }

  @Get('users/:userId/access')
  @SingleRoute('getUserAccess', {
    summary: 'All that a person may use in the accounts in reach.',
    codes: ['user-not-found'],
    answer: UserAccess,
  })
  async getUserAccess(
    @Param('userId') userId: string,
    @Query() query: MomentQuery,
    @Asking() asking: QueryContext,
  ): Promise<Single<UserAccessAnswer>> {
    return this.queries.execute(new GetUserAccess({ userId, at: momentOf(query) }, asking));
  }
}
