import { Body, Controller, Inject, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { answerRead } from '#platform/answers.js';
import { Flag, Id, ListOf, ListOfNested, Nested, Position, Text, Time } from '#platform/fields.js';
import { textKind } from '#platform/kinds.js';
import { MomentParameter, PositionParameter } from '#platform/query-fields.js';
import { answerCheck, answerChecks, Check, type Checked } from '../../queries/check.js';
import type { LogReading } from '../../queries/log-reading.js';
import type { QueryContext } from '../../queries/query.js';
import { LOG_READING } from './log-asking.js';
import { Asking } from './query-route.js';
import { QuestionRoute } from './question-route.js';

export class ResourceBody {
  @Text({ max: 100, optional: true, nullable: true }) readonly ownerId?: string | null;
  @ListOf(textKind({ max: 100 }), { max: 1_000, optional: true }) readonly contactIds?: string[];
  @Text({ max: 100, optional: true, nullable: true }) readonly teamId?: string | null;
}

export class QuestionBody {
  @Id('acc') readonly accountId!: string;
  @Id('usr') readonly userId!: string;
  @Id('app', { optional: true, description: "Left out: the member's role alone." }) readonly applicationId?: string;
  @Text({
    max: 100,
    pattern: /^[a-z-]+:[a-z-]+$/,
    optional: true,
    description: '`resource:action`; left out: may she use the application?',
  })
  readonly permission?: string;
  @Nested(() => ResourceBody, { optional: true, description: 'What the question is about.' })
  readonly resource?: ResourceBody;
}

const asOf = { description: 'A position or a time. Needs history:replay.' };
const minPosition = { notWith: 'asOf', description: 'Answer from no earlier moment.' };

export class CheckBody extends QuestionBody {
  @MomentParameter(asOf) readonly asOf?: string;
  @PositionParameter(minPosition) readonly minPosition?: string;
}

export class CheckBatchBody {
  @ListOfNested(() => QuestionBody, { min: 1, max: 100 }) readonly checks!: QuestionBody[];
  @MomentParameter(asOf) readonly asOf?: string;
  @PositionParameter(minPosition) readonly minPosition?: string;
}

export class Because {
  @Text({ max: 100 }) readonly code!: string;
  @Text({ max: 100, nullable: true, description: 'The effective role, once it mattered.' }) readonly role!:
    string | null;
  @Text({ max: 100, nullable: true }) readonly permission!: string | null;
  @ListOf(textKind({ max: 20 }), { max: 5 }) readonly scopes!: string[];
  @ListOf(textKind({ max: 100 }), { max: 100, description: 'Ids of the events that make it so.' })
  readonly causes!: string[];
}

export class CheckBatchItem {
  @Flag() readonly allowed!: boolean;
  @Nested(() => Because) readonly because!: Because;
  @Time({ nullable: true, description: 'Keep a yes no longer than this.' }) readonly validUntil!: string | null;
}

export class CheckAnswer extends CheckBatchItem {
  @Position({ description: 'The moment answered.' }) readonly position!: string;
}

export class CheckBatchAnswer {
  @ListOfNested(() => CheckBatchItem, { max: 100 }) readonly answers!: CheckBatchItem[];
  @Position({ description: 'One moment for all.' }) readonly position!: string;
}

const codes = ['application-not-found', 'as-of-in-the-future', 'cannot-confirm'] as const;

@Controller('v1/check')
export class CheckRoutes {
  constructor(@Inject(LOG_READING) private readonly reading: LogReading) {}

  @Post()
  @QuestionRoute('check', { summary: 'May this user do this?', answer: CheckAnswer, codes })
  async check(
    @Body() { asOf, minPosition, ...question }: CheckBody,
    @Asking() context: QueryContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const answer = await answerCheck(new Check({ checks: [question], asOf, minPosition }, context), this.reading);
    answerRead(reply, { position: BigInt(answer.position) });
    return answer;
  }

  @Post('batch')
  @QuestionRoute('checkBatch', { summary: 'Up to 100 checks at one moment.', answer: CheckBatchAnswer, codes })
  async checkBatch(
    @Body() body: CheckBatchBody,
    @Asking() context: QueryContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Checked> {
    const { checks, asOf, minPosition } = body;
    const checked = await answerChecks(new Check({ checks, asOf, minPosition }, context), this.reading);
    answerRead(reply, { position: BigInt(checked.position) });
    return checked;
  }
}
