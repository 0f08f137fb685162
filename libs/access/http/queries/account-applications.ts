import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { AnswerField, Nested, OneOf, Time } from '#platform/fields.js';
import { nameOfKind } from '#platform/kinds.js';
import {
  FlagParameter,
  ListParameter,
  ListQuery,
  MomentQuery,
  SearchParameter,
  SortParameter,
} from '#platform/query-fields.js';
import {
  type AccountApplicationAnswer,
  GetAccountApplication,
  ListAccountApplications,
} from '../../queries/list-account-applications.js';
import type { Page } from '../../queries/list.js';
import type { QueryContext } from '../../queries/query.js';
import type { Single } from '../../queries/single.js';
import { Actor } from './actor.js';
import { Application, applicationStatusKind } from './applications.js';
import { pageOf } from './page-of.js';
import { Asking, ListRoute, listParameters, momentOf, SingleRoute } from './query-route.js';

const origins = ['assigned', 'default', 'published', 'auto-assigned'];

export class AccountApplication extends Application {
  @Time({ nullable: true, description: 'Null while it is only available.' }) readonly assignedAt!: string | null;
  @OneOf(origins, { nullable: true }) readonly origin!: string | null;
  @Nested(() => Actor, { nullable: true }) readonly assignedBy!: Actor | null;
  @AnswerField({ type: 'integer' }, { nullable: true, description: 'Accesses that stand.' })
  readonly users!: number | null;
}
const AccountApplicationList = pageOf(AccountApplication);

export class AccountApplicationsQuery extends ListQuery {
  @SortParameter(['name', 'assignedAt']) readonly sort?: string;
  @SearchParameter() readonly search?: string;
  @ListParameter(applicationStatusKind) readonly status?: string[];
  @ListParameter(nameOfKind(origins)) readonly origin?: string[];
  @FlagParameter({ description: 'Those that may be assigned instead of those that are.' })
  readonly available?: boolean;
}

@Controller('v1/accounts/:accountId/applications')
export class AccountApplicationRoutes {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ListRoute('listAccountApplications', {
    summary: 'The applications of an account, or those that may be assigned to it.',
    codes: ['account-not-found'],
    answer: AccountApplicationList,
  })
  async listAccountApplications(
    @Param('accountId') accountId: string,
    @Query() query: AccountApplicationsQuery,
    @Asking() asking: QueryContext,
  ): Promise<Page<AccountApplicationAnswer>> {
    return this.queries.execute(new ListAccountApplications({ accountId, parameters: listParameters(query) }, asking));
  }

  @Get(':applicationId')
  @SingleRoute('getAccountApplication', {
    summary: 'An application as an account has it.',
    codes: ['account-not-found', 'application-not-found'],
    answer: AccountApplication,
  })
  async getAccountApplication(
    @Param('accountId') accountId: string,
    @Param('applicationId') applicationId: string,
    @Query() query: MomentQuery,
    @Asking() asking: QueryContext,
  ): Promise<Single<AccountApplicationAnswer>> {
    return this.queries.execute(new GetAccountApplication({ accountId, applicationId, at: momentOf(query) }, asking));
  }
}
