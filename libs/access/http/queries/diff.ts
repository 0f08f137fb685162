import { Controller, Get, Inject, Query } from '@nestjs/common';
import { AnswerField, Id, ListOfNested, Nested, OneOf, Text } from '#platform/fields.js';
import { idKind, nameOfKind } from '#platform/kinds.js';
import { MomentParameter, NumberParameter, Parameter, TextParameter } from '#platform/query-fields.js';
import { Diff, diff, type DiffAnswer } from '../../queries/diff.js';
import type { Page } from '../../queries/list.js';
import type { LogReading } from '../../queries/log-reading.js';
import type { QueryContext } from '../../queries/query.js';
import { CauseAnswer } from './explain.js';
import { LOG_READING } from './log-asking.js';
import { pageOf } from './page-of.js';
import { Asking, ListRoute } from './query-route.js';
import { User } from './users.js';

export class DiffQuery {
  @MomentParameter({ description: 'A position or a time. Required without a cursor.' }) readonly from?: string;
  @MomentParameter({ description: 'A position or a time; now without one.' }) readonly to?: string;
  @Parameter(idKind('acc')) readonly accountId?: string;
  @Parameter(idKind('usr')) readonly userId?: string;
  @Parameter(idKind('app'), { description: 'Only people whose access to it differs.' }) readonly applicationId?: string;
  @Parameter(nameOfKind(['user-applications'])) readonly view: string = 'user-applications';
  @NumberParameter({ min: 1, max: 200, default: 50 }) readonly limit: number = 50;
  @TextParameter({ max: 2000, description: 'The `nextCursor` of the page before.' }) readonly cursor?: string;
}

export class DiffKey {
  @Id('acc') readonly accountId!: string;
  @Id('usr') readonly userId!: string;
}

const anything = {
  anyOf: ['string', 'number', 'boolean', 'object', 'null'].map((type) => ({ type })).concat({ type: 'array' }),
};

export class FieldChangeAnswer {
  @Text({ max: 200, description: 'An access is `applications/` and the id.' }) readonly field!: string;
  @AnswerField(anything) readonly from!: unknown;
  @AnswerField(anything) readonly to!: unknown;
}

export class DiffLine {
  @OneOf(['user-applications']) readonly view!: string;
  @Nested(() => DiffKey) readonly key!: DiffKey;
  @OneOf(['added', 'removed', 'changed']) readonly change!: string;
  @Nested(() => User, { nullable: true, description: 'The row as the list of users had it at `from`.' })
  readonly before!: User | null;
  @Nested(() => User, { nullable: true, description: 'The row as the list of users had it at `to`.' })
  readonly after!: User | null;
  @ListOfNested(() => FieldChangeAnswer, { max: 10_000 }) readonly changes!: FieldChangeAnswer[];
  @ListOfNested(() => CauseAnswer, { max: 1_000, description: 'In order.' }) readonly causes!: CauseAnswer[];
}

const DiffList = pageOf(DiffLine);

@Controller('v1/diff')
export class DiffRoute {
  constructor(@Inject(LOG_READING) private readonly reading: LogReading) {}

  @Get()
  @ListRoute('diff', {
    summary: 'What changed for people between two moments, and by which events.',
    needs: 'history:replay',
    codes: ['account-not-found'],
    answer: DiffList,
  })
  async diff(@Query() query: DiffQuery, @Asking() context: QueryContext): Promise<Page<DiffAnswer>> {
    const { from, to, accountId, userId, applicationId, limit, cursor } = query;
    return diff(new Diff({ from, to, accountId, userId, applicationId, limit, cursor }, context), this.reading);
  }
}
