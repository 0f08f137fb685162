import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { Id, ListOfNested, Name, Nested, OneOf, Text, Time } from '#platform/fields.js';
import { idKind, textKind } from '#platform/kinds.js';
import { ListParameter, ListQuery, SearchParameter, SortParameter } from '#platform/query-fields.js';
import { ListSharedAccounts, type SharedAccountAnswer } from '../../queries/list-shared-accounts.js';
import type { Page } from '../../queries/list.js';
import type { QueryContext } from '../../queries/query.js';
import { Actor } from './actor.js';
import { pageOf } from './page-of.js';
import { Asking, ListRoute, listParameters } from './query-route.js';

class SharedApplication {
  @Id('app') readonly id!: string;
  @Name() readonly name!: string;
  @Text({ max: 100, nullable: true }) readonly role!: string | null;
  @OneOf(['invitation', 'assigned', 'auto-assigned', 'shared']) readonly origin!: string;
  @Time() readonly since!: string;
  @Nested(() => Actor) readonly by!: Actor;
}

export class SharedAccount {
  @Id('usr') readonly userId!: string;
  @Id('acc') readonly accountId!: string;
  @Name() readonly firstName!: string;
  @Name() readonly lastName!: string;
  @Text({ max: 254 }) readonly email!: string;
  @Text({ max: 100 }) readonly role!: string;
  @Text({ max: 100 }) readonly roleTitle!: string;
  @OneOf(['invited', 'active', 'suspended']) readonly status!: string;
  @Time() readonly since!: string;
  @ListOfNested(() => SharedApplication, { max: 10_000 }) readonly applications!: SharedApplication[];
}
const SharedAccountList = pageOf(SharedAccount);

export class SharedAccountsQuery extends ListQuery {
  @SortParameter(['name', 'email', 'role', 'since']) readonly sort?: string;
  @SearchParameter() readonly search?: string;
  @ListParameter(textKind({ max: 100 })) readonly role?: string[];
  @ListParameter(idKind('app')) readonly applicationId?: string[];
  @ListParameter(idKind('acc')) readonly accountId?: string[];
}

@Controller('v1/shared-accounts')
export class SharedAccountRoutes {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ListRoute('listSharedAccounts', {
    summary: "The people who reach any of the caller's applications, once for each account.",
    needs: 'members:view',
    codes: ['account-not-found'],
    answer: SharedAccountList,
  })
  async listSharedAccounts(
    @Query() query: SharedAccountsQuery,
    @Asking() asking: QueryContext,
  ): Promise<Page<SharedAccountAnswer>> {
    return this.queries.execute(new ListSharedAccounts({ parameters: listParameters(query) }, asking));
  }
}
