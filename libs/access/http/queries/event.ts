import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { answerRead } from '#platform/answers.js';
import { FlagParameter, PositionParameter } from '#platform/query-fields.js';
import { GetEvent, getEvent } from '../../queries/event.js';
import type { EventAnswer } from '../../queries/events-feed.js';
import type { LogReading } from '../../queries/log-reading.js';
import type { QueryContext } from '../../queries/query.js';
import { RecordedEventAnswer } from './event-answer.js';
import { LOG_READING } from './log-asking.js';
import { Asking } from './query-route.js';
import { QuestionRoute } from './question-route.js';

export class EventQuery {
  @FlagParameter({ description: 'Open what is personal, where the caller may read it.' }) readonly open: boolean =
    false;
  @PositionParameter({ description: 'Answer from no earlier moment.' }) readonly minPosition?: string;
}

@Controller('v1/events/:eventId')
export class EventRoute {
  constructor(@Inject(LOG_READING) private readonly reading: LogReading) {}

  @Get()
  @QuestionRoute('getEvent', { summary: 'One event.', answer: RecordedEventAnswer, needs: 'history:export' })
  async getEvent(
    @Param('eventId') eventId: string,
    @Query() { open, minPosition }: EventQuery,
    @Asking() context: QueryContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EventAnswer> {
    const asked = new GetEvent({ eventId, open, minPosition }, context);
    const { moment, answer } = await getEvent(asked, this.reading);
    answerRead(reply, moment);
    return answer;
  }
}
