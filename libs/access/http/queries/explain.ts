import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { answerRead } from '#platform/answers.js';
import { Id, ListOfNested, Nested, Position, Text, Time } from '#platform/fields.js';
import { idKind } from '#platform/kinds.js';
import { MomentQuery, Parameter } from '#platform/query-fields.js';
import { Explain, explain, type Explanation } from '../../queries/explain.js';
import type { LogReading } from '../../queries/log-reading.js';
import type { QueryContext } from '../../queries/query.js';
import { Actor } from './actor.js';
import { CheckAnswer } from './check.js';
import { LOG_READING } from './log-asking.js';
import { Asking } from './query-route.js';
import { QuestionRoute } from './question-route.js';

export class ExplainQuery extends MomentQuery {
  @Parameter(idKind('acc'), { optional: false }) readonly accountId!: string;
  @Parameter(idKind('usr'), { optional: false }) readonly userId!: string;
  @Parameter(idKind('app'), { optional: false }) readonly applicationId!: string;
}

export class CauseAnswer {
  @Text({ max: 100 }) readonly eventId!: string;
  @Position() readonly position!: string;
  @Text({ max: 100 }) readonly type!: string;
  @Time() readonly at!: string;
  @Nested(() => Actor) readonly actor!: Actor;
  @Text({ max: 500, multiline: true, nullable: true }) readonly reason!: string | null;
  @Text({ max: 100, nullable: true }) readonly ticket!: string | null;
}

export class LinkAnswer extends CauseAnswer {
  @Text({ max: 2_000, description: 'What happened, in a sentence.' }) readonly text!: string;
}

export class ExplanationAnswer {
  @Id('acc') readonly accountId!: string;
  @Id('usr') readonly userId!: string;
  @Id('app') readonly applicationId!: string;
  @Nested(() => CheckAnswer) readonly now!: CheckAnswer;
  @Time({ nullable: true, description: 'Since when the answer is what it is.' }) readonly since!: string | null;
  @ListOfNested(() => LinkAnswer, { max: 10_000, description: 'Oldest first.' }) readonly chain!: LinkAnswer[];
  @ListOfNested(() => LinkAnswer, { max: 10_000, description: 'Oldest first.' }) readonly gates!: LinkAnswer[];
}

@Controller('v1/explain')
export class ExplainRoute {
  constructor(@Inject(LOG_READING) private readonly reading: LogReading) {}

  @Get()
  @QuestionRoute('explain', {
    summary: 'Why may this person use this application, or not?',
    answer: ExplanationAnswer,
    codes: ['account-not-found', 'application-not-found', 'as-of-in-the-future', 'cannot-confirm'],
  })
  async explain(
    @Query() { accountId, userId, applicationId, asOf, minPosition }: ExplainQuery,
    @Asking() context: QueryContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Explanation> {
    const asked = new Explain({ accountId, userId, applicationId, asOf, minPosition }, context);
    const explanation = await explain(asked, this.reading);
    answerRead(reply, { position: BigInt(explanation.now.position) });
    return explanation;
  }
}
