import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { AnswerField, Flag, Id, Name, Nested, OneOf, Revision, Text, Time } from '#platform/fields.js';
import { idKind, nameOfKind, textKind } from '#platform/kinds.js';
import {
  FlagParameter,
  ListParameter,
  ListQuery,
  MomentQuery,
  SearchParameter,
  SortParameter,
} from '#platform/query-fields.js';
import type { AccountAnswer } from '../../queries/account-rows.js';
import type { ApplicationAnswer } from '../../queries/application-rows.js';
import { GetApplication } from '../../queries/get-application.js';
import { ListApplicationAccounts, ListApplicationUsers } from '../../queries/list-application-accounts.js';
import { ListApplications } from '../../queries/list-applications.js';
import type { Page } from '../../queries/list.js';
import type { QueryContext } from '../../queries/query.js';
import type { Single } from '../../queries/single.js';
import type { UserRow } from '../../queries/user-rows.js';
import { AccountList, accountStatusKind } from './accounts.js';
import { Actor } from './actor.js';
import { pageOf } from './page-of.js';
import { Asking, ListRoute, listParameters, momentOf, SingleRoute } from './query-route.js';
import { memberStatusKind, UserList } from './users.js';

class Publisher {
  @OneOf(['platform', 'account']) readonly kind!: string;
  @Id('acc', { nullable: true }) readonly accountId!: string | null;
  @Name() readonly name!: string;
}

export class Application {
  @Id('app') readonly id!: string;
  @Name() readonly name!: string;
  @Text({ max: 100, nullable: true }) readonly externalId!: string | null;
  @Text({ max: 500, nullable: true }) readonly description!: string | null;
  @Text({ max: 2000, nullable: true }) readonly homeUrl!: string | null;
  @OneOf(['inactive', 'active', 'retired']) readonly status!: string;
  @Flag() readonly autoAssigned!: boolean;
  @Flag() readonly isDefault!: boolean;
  @OneOf(['operators', 'admins']) readonly assignableBy!: string;
  @Nested(() => Publisher) readonly publisher!: Publisher;
  @Nested(() => Actor, { nullable: true }) readonly owner!: Actor | null;
  @Time() readonly registeredAt!: string;
  @AnswerField({ type: 'array', items: { type: 'string' } }, { description: 'What this caller may do with it now.' })
  readonly capabilities!: string[];
  @Revision() readonly revision!: string;
}
const ApplicationList = pageOf(Application);

export const applicationStatusKind = nameOfKind(['inactive', 'active', 'retired']);

export class ApplicationsQuery extends ListQuery {
  @SortParameter(['name', 'registeredAt']) readonly sort?: string;
  @SearchParameter() readonly search?: string;
  @ListParameter(applicationStatusKind) readonly status?: string[];
  @ListParameter(idKind('acc')) readonly publisherAccountId?: string[];
  @ListParameter(idKind('usr')) readonly ownerId?: string[];
  @FlagParameter() readonly autoAssigned?: boolean;
  @ListParameter(textKind({ max: 100 })) readonly externalId?: string[];
}

export class ApplicationAccountsQuery extends ListQuery {
  @SortParameter(['name']) readonly sort?: string;
  @SearchParameter() readonly search?: string;
  @ListParameter(accountStatusKind) readonly status?: string[];
}

export class ApplicationUsersQuery extends ListQuery {
  @SortParameter(['name']) readonly sort?: string;
  @SearchParameter() readonly search?: string;
  @ListParameter(memberStatusKind) readonly status?: string[];
  @ListParameter(textKind({ max: 100 })) readonly role?: string[];
  @ListParameter(idKind('acc')) readonly accountId?: string[];
}

@Controller('v1/applications')
export class ApplicationRoutes {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ListRoute('listApplications', {
    summary: 'The catalogue: all applications, or those of the accounts that the caller belongs to.',
    answer: ApplicationList,
  })
  async listApplications(
    @Query() query: ApplicationsQuery,
    @Asking() asking: QueryContext,
  ): Promise<Page<ApplicationAnswer>> {
    return this.queries.execute(new ListApplications({ parameters: listParameters(query) }, asking));
  }

  @Get(':applicationId')
  @SingleRoute('getApplication', {
    summary: 'One application.',
    codes: ['application-not-found'],
    answer: Application,
  })
  async getApplication(
    @Param('applicationId') applicationId: string,
    @Query() query: MomentQuery,
    @Asking() asking: QueryContext,
  ): Promise<Single<ApplicationAnswer>> {
    return this.queries.execute(new GetApplication({ applicationId, at: momentOf(query) }, asking));
  }

  @Get(':applicationId/accounts')
  @ListRoute('listApplicationAccounts', {
    summary: 'The accounts in reach that have the application.',
    codes: ['application-not-found'],
    answer: AccountList,
  })
  async listApplicationAccounts(
    @Param('applicationId') applicationId: string,
    @Query() query: ApplicationAccountsQuery,
    @Asking() asking: QueryContext,
  ): Promise<Page<AccountAnswer>> {
    const parameters = listParameters(query);
    return this.queries.execute(new ListApplicationAccounts({ applicationId, parameters }, asking));
  }

  @Get(':applicationId/users')
  @ListRoute('listApplicationUsers', {
    summary: 'The users in reach who have the application or are invited to it, once for each account.',
    needs: 'members:view',
    codes: ['application-not-found', 'account-not-found'],
    answer: UserList,
  })
  async listApplicationUsers(
    @Param('applicationId') applicationId: string,
    @Query() query: ApplicationUsersQuery,
    @Asking() asking: QueryContext,
  ): Promise<Page<UserRow>> {
    const parameters = listParameters(query);
    return this.queries.execute(new ListApplicationUsers({ applicationId, parameters }, asking));
  }
}
