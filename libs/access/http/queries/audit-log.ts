import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { AnswerField, Id, ListOfNested, Name, Nested, OneOf, Position, Text, Time } from '#platform/fields.js';
import { idKind, nameOfKind, textKind, timeKind } from '#platform/kinds.js';
import { FlagParameter, ListParameter, ListQuery, Parameter, SortParameter } from '#platform/query-fields.js';
import { eventTypes } from '../../events.js';
import type { AuditAnswer } from '../../queries/audit-rows.js';
import { ListAuditLog, ListMyAuditLog } from '../../queries/list-audit-log.js';
import type { Page } from '../../queries/list.js';
import type { QueryContext } from '../../queries/query.js';
import { Actor } from './actor.js';
import { pageOf } from './page-of.js';
import { Asking, ListRoute, listParameters } from './query-route.js';

class AuditSubject {
  @OneOf(['platform', 'account', 'application', 'role', 'key', 'user']) readonly kind!: string;
  @Text({ max: 100 }) readonly id!: string;
  @Text({ max: 201 }) readonly name!: string;
}

class AuditApplication {
  @Id('app') readonly id!: string;
  @Name() readonly name!: string;
}

const anything = {
  anyOf: ['string', 'number', 'boolean', 'object', 'null'].map((type) => ({ type })).concat({ type: 'array' }),
};

class AuditChange {
  @Text({ max: 100 }) readonly field!: string;
  @AnswerField(anything, { description: 'Any JSON value; null for nothing.' }) readonly from!: unknown;
  @AnswerField(anything, { description: 'Any JSON value; null for nothing.' }) readonly to!: unknown;
}

class Denied {
  @Text({ max: 100 }) readonly action!: string;
  @Text({ max: 100 }) readonly code!: string;
  @AnswerField({ type: 'integer' }) readonly times!: number;
}

export class AuditEntry {
  @Id('evt') readonly eventId!: string;
  @Position() readonly position!: string;
  @Time() readonly at!: string;
  @Text({ max: 100 }) readonly type!: string;
  @Id('acc', { nullable: true }) readonly accountId!: string | null;
  @Nested(() => Actor) readonly actor!: Actor;
  @Text({ max: 100, nullable: true, description: 'The API key or tool that was used.' }) readonly via!: string | null;
  @Nested(() => AuditSubject, { nullable: true }) readonly subject!: AuditSubject | null;
  @Nested(() => AuditApplication, { nullable: true }) readonly application!: AuditApplication | null;
  @ListOfNested(() => AuditChange, { max: 100 }) readonly changes!: AuditChange[];
  @Text({ max: 500, nullable: true, multiline: true, description: '`[erased]` once the person it is about is erased.' })
  readonly reason!: string | null;
  @Text({ max: 100, nullable: true }) readonly ticket!: string | null;
  @Text({ max: 128, nullable: true }) readonly correlationId!: string | null;
  @Text({ max: 128, nullable: true }) readonly causationId!: string | null;
  @Nested(() => Denied, { nullable: true }) readonly denied!: Denied | null;
  @Text({ max: 2000, description: 'The row as a sentence.' }) readonly text!: string;
}
const AuditEntryList = pageOf(AuditEntry);

export class AuditLogQuery extends ListQuery {
  @SortParameter(['position'], { first: '-position' }) readonly sort?: string;
  @ListParameter(idKind('acc')) readonly accountId?: string[];
  @ListParameter(textKind({ max: 100 })) readonly actorId?: string[];
  @ListParameter(textKind({ max: 100 })) readonly subjectId?: string[];
  @ListParameter(idKind('app')) readonly applicationId?: string[];
  @ListParameter(nameOfKind(Object.keys(eventTypes))) readonly type?: string[];
  @FlagParameter({ description: 'Only denied attempts, or none of them.' }) readonly denied?: boolean;
  @ListParameter(textKind({ max: 128 })) readonly correlationId?: string[];
  @ListParameter(nameOfKind(['platform']), { description: 'What concerns no single account.' })
  readonly scope?: string[];
  @Parameter(timeKind, { description: 'From this time on.' }) readonly since?: string;
  @Parameter(timeKind, { description: 'Before this time.' }) readonly until?: string;
}

@Controller('v1')
export class AuditLogRoutes {
  constructor(private readonly queries: QueryBus) {}

  @Get('audit-log')
  @ListRoute('listAuditLog', {
    summary: 'Who decided what, when and why.',
    needs: 'audit-log:view',
    codes: ['account-not-found'],
    answer: AuditEntryList,
  })
  async listAuditLog(@Query() query: AuditLogQuery, @Asking() asking: QueryContext): Promise<Page<AuditAnswer>> {
    return this.queries.execute(new ListAuditLog({ parameters: listParameters(query) }, asking));
  }

  @Get('me/audit-log')
  @ListRoute('listMyAuditLog', {
    summary: 'What the caller decided, and what was decided about them.',
    answer: AuditEntryList,
  })
  async listMyAuditLog(@Query() query: AuditLogQuery, @Asking() asking: QueryContext): Promise<Page<AuditAnswer>> {
    return this.queries.execute(new ListMyAuditLog({ parameters: listParameters(query) }, asking));
  }
}
