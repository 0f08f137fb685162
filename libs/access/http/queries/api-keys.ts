import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { AnswerField, Id, Name, Nested, OneOf, Revision, Time } from '#platform/fields.js';
import { idKind, nameOfKind } from '#platform/kinds.js';
import { ListParameter, ListQuery, MomentQuery, SortParameter } from '#platform/query-fields.js';
import { type ApiKeyAnswer, GetApiKey, ListApiKeys } from '../../queries/list-api-keys.js';
import type { Page } from '../../queries/list.js';
import type { QueryContext } from '../../queries/query.js';
import type { Single } from '../../queries/single.js';
import { Actor } from './actor.js';
import { pageOf } from './page-of.js';
import { Asking, ListRoute, listParameters, momentOf, SingleRoute } from './query-route.js';

const statuses = ['active', 'revoked', 'expired'];

/** Where a key reaches: `{kind: platform}`, `{kind: account, accountId}` or `{kind: application, applicationId}`. */
export const keyScopeSchema = {
  type: 'object',
  required: ['kind'],
  properties: {
    kind: { type: 'string', enum: ['platform', 'account', 'application'] },
    accountId: { type: 'string' },
    applicationId: { type: 'string' },
  },
};

export class ApiKey {
  @Id('key') readonly id!: string;
  @Name() readonly name!: string;
  @AnswerField(keyScopeSchema) readonly scope!: object;
  @AnswerField({ type: 'array', items: { type: 'string' } }) readonly permissions!: string[];
  @OneOf(statuses) readonly status!: string;
  @Time() readonly issuedAt!: string;
  @Nested(() => Actor) readonly issuedBy!: Actor;
  @Time({ nullable: true }) readonly expiresAt!: string | null;
  @Time({ nullable: true }) readonly revokedAt!: string | null;
  @Revision() readonly revision!: string;
}
const ApiKeyList = pageOf(ApiKey);

export class ApiKeysQuery extends ListQuery {
  @SortParameter(['name']) readonly sort?: string;
  @ListParameter(idKind('acc')) readonly accountId?: string[];
  @ListParameter(idKind('app')) readonly applicationId?: string[];
  @ListParameter(nameOfKind(statuses)) readonly status?: string[];
}

@Controller('v1/api-keys')
export class ApiKeyRoutes {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ListRoute('listApiKeys', {
    summary: 'The keys that the caller manages; nothing of their secrets.',
    needs: 'api-keys:manage',
    codes: ['account-not-found'],
    answer: ApiKeyList,
  })
  async listApiKeys(@Query() query: ApiKeysQuery, @Asking() asking: QueryContext): Promise<Page<ApiKeyAnswer>> {
    return this.queries.execute(new ListApiKeys({ parameters: listParameters(query) }, asking));
  }

  @Get(':keyId')
  @SingleRoute('getApiKey', {
    summary: 'One key, without its secret.',
    needs: 'api-keys:manage',
    codes: ['api-key-not-found'],
    answer: ApiKey,
  })
  async getApiKey(
    @Param('keyId') keyId: string,
    @Query() query: MomentQuery,
    @Asking() asking: QueryContext,
  ): Promise<Single<ApiKeyAnswer>> {
    return this.queries.execute(new GetApiKey({ keyId, at: momentOf(query) }, asking));
  }
}
