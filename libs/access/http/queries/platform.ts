import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { AnswerField, Id, Name, Nested, Position, Text, Time } from '#platform/fields.js';
import { timeKind } from '#platform/kinds.js';
import { Parameter } from '#platform/query-fields.js';
import { GetPlatform, GetPosition, type PlatformAnswer, type PositionAnswer } from '../../queries/get-platform.js';
import type { QueryContext } from '../../queries/query.js';
import type { Single } from '../../queries/single.js';
import { Asking, SingleRoute } from './query-route.js';

class DefaultApplication {
  @Id('app') readonly id!: string;
  @Name() readonly name!: string;
}

export class Platform {
  @Name() readonly name!: string;
  @Text({ max: 100, nullable: true }) readonly logId!: string | null;
  @Nested(() => DefaultApplication, { nullable: true }) readonly defaultApplication!: DefaultApplication | null;
  @AnswerField({ type: 'array', items: { type: 'string' } }) readonly plans!: string[];
  @Position({ description: 'The head of the log.' }) readonly position!: string;
  @AnswerField({ type: 'array', items: { type: 'string' } }) readonly eventTypes!: string[];
}

export class PositionOfTime {
  @Time() readonly at!: string;
  @Position({ description: 'Of the last event recorded at or before it.' }) readonly position!: string;
}

export class PositionQuery {
  @Parameter(timeKind, { optional: false, description: 'RFC 3339 in UTC.' }) readonly at!: string;
}

@Controller('v1')
export class PlatformRoutes {
  constructor(private readonly queries: QueryBus) {}

  @Get('platform')
  @SingleRoute('getPlatform', { summary: 'What this installation is.', answer: Platform })
  async getPlatform(@Asking() asking: QueryContext): Promise<Single<PlatformAnswer>> {
    return this.queries.execute(new GetPlatform({}, asking));
  }

  @Get('positions')
  @SingleRoute('getPosition', { summary: 'Turns a time into a position.', answer: PositionOfTime })
  async getPosition(@Query() query: PositionQuery, @Asking() asking: QueryContext): Promise<Single<PositionAnswer>> {
    return this.queries.execute(new GetPosition({ time: query.at }, asking));
  }
}
