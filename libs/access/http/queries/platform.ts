import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { AnswerField, Id, Name, Nested, Position, Text, Time } from '#platform/fields.js';
import { timeOrNamedPositionKind } from '#platform/kinds.js';
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
  @Time({ description: 'The time that was asked for, else when the position’s event was recorded.' })
  readonly at!: string;
  @Position({ description: 'Of the last event recorded at or before the time, or where the other position is here.' })
  readonly position!: string;
}

export class PositionQuery {
  @Parameter(timeOrNamedPositionKind, {
    optional: false,
    description: 'RFC 3339 in UTC; or a position of a log that this one was copied from: its id, `:` and the position.',
  })
  readonly at!: string;
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
  @SingleRoute('getPosition', {
    summary: 'Turns a time, or a position of an earlier log, into a position of this one.',
    answer: PositionOfTime,
  })
  async getPosition(@Query() query: PositionQuery, @Asking() asking: QueryContext): Promise<Single<PositionAnswer>> {
    return this.queries.execute(new GetPosition({ at: query.at }, asking));
  }
}
