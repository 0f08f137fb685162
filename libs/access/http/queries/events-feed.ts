import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AUTHENTICATOR, type Authenticator } from '#platform/authentication.js';
import { CLOSING } from '#platform/health.js';
import { idKind, nameOfKind } from '#platform/kinds.js';
import { FeedQuery, FlagParameter, ListParameter, Parameter } from '#platform/query-fields.js';
import { eventTypes } from '../../events.js';
import { type EventAnswer, FollowEvents, followEvents } from '../../queries/events-feed.js';
import type { FeedPage } from '../../queries/feed-place.js';
import type { LogReading } from '../../queries/log-reading.js';
import type { QueryContext } from '../../queries/query.js';
import { EventFeed } from './event-answer.js';
import { answeredFeed, LOG_READING, renewing, whileWanted } from './log-asking.js';
import { Asking } from './query-route.js';
import { QuestionRoute } from './question-route.js';

export class EventsQuery extends FeedQuery {
  @Parameter(idKind('acc'), { description: "Only this account's own events." }) readonly accountId?: string;
  @ListParameter(nameOfKind(Object.keys(eventTypes))) readonly type?: string[];
  @FlagParameter({ description: 'Open what is personal, where the caller may read it.' }) readonly open: boolean =
    false;
}

@Controller('v1/events')
export class EventsRoute {
  constructor(
    @Inject(LOG_READING) private readonly reading: LogReading,
    @Inject(AUTHENTICATOR) private readonly authenticator: Authenticator,
    @Inject(CLOSING) private readonly closing: AbortSignal,
  ) {}

  @Get()
  @QuestionRoute('followEvents', {
    summary: 'The events themselves, as they lie in the log.',
    answer: EventFeed,
    needs: 'history:export',
    codes: ['account-not-found', 'cursor-invalid'],
    pagination: 'after',
  })
  async followEvents(
    @Query() query: EventsQuery,
    @Asking() context: QueryContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FeedPage<EventAnswer>> {
    const { after, limit, wait, accountId, type: types, open } = query;
    const signal = whileWanted(reply, this.closing);
    const renew = renewing(this.authenticator, request);
    const asked = new FollowEvents({ after, limit, wait, accountId, types, open, signal, renew }, context);
    return answeredFeed(reply, await followEvents(asked, this.reading));
  }
}
