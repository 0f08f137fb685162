import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { AnswerField, Id, ListOfNested, Name, Nested, OneOf, Text, Time } from '#platform/fields.js';
import { PositionParameter } from '#platform/query-fields.js';
import { GetMe, type Me as MeAnswer } from '../../queries/get-me.js';
import type { QueryContext } from '../../queries/query.js';
import type { Single } from '../../queries/single.js';
import { keyScopeSchema } from './api-keys.js';
import { Asking, momentOf, SingleRoute } from './query-route.js';

const permissionList = { type: 'array', items: { type: 'string' } };

class MyPlatform {
  @OneOf(['operator', 'platform-auditor']) readonly role!: string;
  @AnswerField(permissionList) readonly capabilities!: string[];
}

class MyKey {
  @AnswerField(keyScopeSchema) readonly scope!: object;
  @AnswerField(permissionList) readonly permissions!: string[];
  @Time({ nullable: true }) readonly expiresAt!: string | null;
}

class MyAccount {
  @Id('acc') readonly accountId!: string;
  @Name() readonly name!: string;
  @OneOf(['active', 'suspended', 'closed']) readonly status!: string;
  @Text({ max: 100, nullable: true }) readonly role!: string | null;
  @Id('team', { nullable: true }) readonly teamId!: string | null;
  @AnswerField(permissionList, { description: '`resource:action@scope`' }) readonly capabilities!: string[];
}

export class Me {
  @OneOf(['user', 'service', 'system']) readonly kind!: string;
  @Text({ max: 100 }) readonly id!: string;
  @Name({ nullable: true }) readonly firstName!: string | null;
  @Name({ nullable: true }) readonly lastName!: string | null;
  @Text({ max: 254, nullable: true }) readonly email!: string | null;
  @Nested(() => MyPlatform, { nullable: true }) readonly platform!: MyPlatform | null;
  @Nested(() => MyKey, { nullable: true }) readonly key!: MyKey | null;
  @ListOfNested(() => MyAccount, { max: 10_000 }) readonly accounts!: MyAccount[];
}

export class MeQuery {
  @PositionParameter({ description: 'Answer from no earlier moment.' }) readonly minPosition?: string;
}

@Controller('v1/me')
export class MeRoutes {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @SingleRoute('getMe', { summary: 'Who the caller is, and where they are what.', answer: Me })
  async getMe(@Query() query: MeQuery, @Asking() asking: QueryContext): Promise<Single<MeAnswer>> {
    return this.queries.execute(new GetMe({ at: momentOf(query) }, asking));
  }
}
