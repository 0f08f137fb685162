import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { AnswerField, Flag, Id, ListOfNested, OneOf, Revision, Text } from '#platform/fields.js';
import { idKind, nameOfKind } from '#platform/kinds.js';
import { ListParameter, ListQuery, MomentQuery, Parameter, SortParameter } from '#platform/query-fields.js';
import { ListPermissions, type PermissionAnswer } from '../../queries/list-permissions.js';
import {
  GetRole,
  GetRoleMatrix,
  ListRoles,
  type RoleAnswer,
  type RoleMatrix as RoleMatrixAnswer,
} from '../../queries/list-roles.js';
import type { Page } from '../../queries/list.js';
import type { QueryContext } from '../../queries/query.js';
import type { Single } from '../../queries/single.js';
import { pageOf } from './page-of.js';
import { Asking, ListRoute, listParameters, momentOf, SingleRoute } from './query-route.js';

export class Role {
  @Text({ max: 100 }) readonly id!: string;
  @Text({ max: 100 }) readonly title!: string;
  @Text({ max: 500, min: 0 }) readonly note!: string;
  @AnswerField({ type: 'array', items: { type: 'string' } }, { description: '`resource:action@scope`' })
  readonly permissions!: string[];
  @Flag() readonly builtIn!: boolean;
  @Id('acc', { nullable: true, description: "Null for the platform's own." }) readonly accountId!: string | null;
  @OneOf(['active', 'retired']) readonly status!: string;
  @Revision() readonly revision!: string;
}
const RoleList = pageOf(Role);

class RoleHead {
  @Text({ max: 100 }) readonly id!: string;
  @Text({ max: 100 }) readonly title!: string;
}

class RoleMatrixRow {
  @Text({ max: 100 }) readonly permission!: string;
  @AnswerField(
    { type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } },
    { description: 'The scopes at which a role holds it, by role.' },
  )
  readonly scopes!: Record<string, string[]>;
}

export class RoleMatrix {
  @ListOfNested(() => RoleHead, { max: 10_000 }) readonly roles!: RoleHead[];
  @ListOfNested(() => RoleMatrixRow, { max: 10_000 }) readonly rows!: RoleMatrixRow[];
}

export class PermissionName {
  @Text({ max: 100, description: '`resource:action`' }) readonly name!: string;
  @Flag({ description: 'Only API keys hold it.' }) readonly servicesOnly!: boolean;
}
const PermissionNameList = pageOf(PermissionName);

export class RolesQuery extends ListQuery {
  @SortParameter(['title']) readonly sort?: string;
  @ListParameter(idKind('acc'), { description: 'What is given there.' }) readonly accountId?: string[];
  @ListParameter(nameOfKind(['active', 'retired'])) readonly status?: string[];
}

export class RoleMatrixQuery extends MomentQuery {
  @Parameter(idKind('acc')) readonly accountId?: string;
}

export class PermissionsQuery extends ListQuery {
  @SortParameter(['name']) readonly sort?: string;
}

@Controller('v1')
export class RoleRoutes {
  constructor(private readonly queries: QueryBus) {}

  @Get('roles')
  @ListRoute('listRoles', {
    summary: "The roles of the platform and of the caller's accounts.",
    codes: ['account-not-found'],
    answer: RoleList,
  })
  async listRoles(@Query() query: RolesQuery, @Asking() asking: QueryContext): Promise<Page<RoleAnswer>> {
    return this.queries.execute(new ListRoles({ parameters: listParameters(query) }, asking));
  }

  @Get('roles/matrix')
  @SingleRoute('getRoleMatrix', {
    summary: 'Which role may do what, and how far.',
    codes: ['account-not-found'],
    answer: RoleMatrix,
  })
  async getRoleMatrix(
    @Query() query: RoleMatrixQuery,
    @Asking() asking: QueryContext,
  ): Promise<Single<RoleMatrixAnswer>> {
    return this.queries.execute(new GetRoleMatrix({ accountId: query.accountId, at: momentOf(query) }, asking));
  }

  @Get('roles/:roleId')
  @SingleRoute('getRole', { summary: 'One role.', codes: ['role-not-found'], answer: Role })
  async getRole(
    @Param('roleId') roleId: string,
    @Query() query: MomentQuery,
    @Asking() asking: QueryContext,
  ): Promise<Single<RoleAnswer>> {
    return this.queries.execute(new GetRole({ roleId, at: momentOf(query) }, asking));
  }

  @Get('permissions')
  @ListRoute('listPermissions', { summary: 'All that roles and keys may hold.', answer: PermissionNameList })
  async listPermissions(
    @Query() query: PermissionsQuery,
    @Asking() asking: QueryContext,
  ): Promise<Page<PermissionAnswer>> {
    return this.queries.execute(new ListPermissions({ parameters: listParameters(query) }, asking));
  }
}
