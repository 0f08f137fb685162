import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { AnswerField, Flag, Id, ListOfNested, Name, Nested, OneOf, Revision, Text, Time } from '#platform/fields.js';
import { idKind, nameOfKind, textKind } from '#platform/kinds.js';
import { ListParameter, ListQuery, MomentQuery, SearchParameter, SortParameter } from '#platform/query-fields.js';
import type { AccountAnswer } from '../../queries/account-rows.js';
import { GetAccount } from '../../queries/get-account.js';
import { ListAccounts } from '../../queries/list-accounts.js';
import type { Page } from '../../queries/list.js';
import type { QueryContext } from '../../queries/query.js';
import type { Single } from '../../queries/single.js';
import { pageOf } from './page-of.js';
import { Asking, ListRoute, listParameters, momentOf, SingleRoute } from './query-route.js';

class AccountOwner {
  @Id('usr') readonly userId!: string;
  @Text({ max: 201 }) readonly name!: string;
  @Text({ max: 254 }) readonly email!: string;
}

class AccountSettings {
  @AnswerField({ type: 'array', items: { type: 'string' } }) readonly allowedEmailDomains!: string[];
  @AnswerField({ type: 'integer' }) readonly invitationDays!: number;
  @Text({ max: 100 }) readonly defaultRole!: string;
  @Flag() readonly ssoRequired!: boolean;
  @Flag() readonly mfaRequired!: boolean;
  @AnswerField({ type: 'integer' }) readonly sessionMinutes!: number;
}

class AccountCounts {
  @AnswerField({ type: 'integer' }, { description: 'Members who have joined.' }) readonly users!: number;
  @AnswerField({ type: 'integer' }) readonly applications!: number;
  @AnswerField({ type: 'integer' }, { description: 'Pending ones.' }) readonly invitations!: number;
}

export class Account {
  @Id('acc') readonly id!: string;
  @Name() readonly name!: string;
  @Text({ max: 100, nullable: true }) readonly externalId!: string | null;
  @Text({ max: 100 }) readonly plan!: string;
  @OneOf(['active', 'suspended', 'closed']) readonly status!: string;
  @Time() readonly openedAt!: string;
  @ListOfNested(() => AccountOwner, { max: 10_000 }) readonly owners!: AccountOwner[];
  @Nested(() => AccountSettings) readonly settings!: AccountSettings;
  @Nested(() => AccountCounts) readonly counts!: AccountCounts;
  @Revision() readonly revision!: string;
}
export const AccountList = pageOf(Account);

export const accountStatusKind = nameOfKind(['active', 'suspended', 'closed']);

export class AccountsQuery extends ListQuery {
  @SortParameter(['name', 'openedAt', 'users']) readonly sort?: string;
  @SearchParameter() readonly search?: string;
  @ListParameter(accountStatusKind) readonly status?: string[];
  @ListParameter(textKind({ max: 100 })) readonly plan?: string[];
  @ListParameter(idKind('app')) readonly applicationId?: string[];
  @ListParameter(textKind({ max: 100 })) readonly externalId?: string[];
}

@Controller('v1/accounts')
export class AccountRoutes {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ListRoute('listAccounts', {
    summary: 'The accounts of the installation, or those that the caller belongs to.',
    answer: AccountList,
  })
  async listAccounts(@Query() query: AccountsQuery, @Asking() asking: QueryContext): Promise<Page<AccountAnswer>> {
    return this.queries.execute(new ListAccounts({ parameters: listParameters(query) }, asking));
  }

  @Get(':accountId')
  @SingleRoute('getAccount', { summary: 'One account.', codes: ['account-not-found'], answer: Account })
  async getAccount(
    @Param('accountId') accountId: string,
    @Query() query: MomentQuery,
    @Asking() asking: QueryContext,
  ): Promise<Single<AccountAnswer>> {
    return this.queries.execute(new GetAccount({ accountId, at: momentOf(query) }, asking));
  }
}
