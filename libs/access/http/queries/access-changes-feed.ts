import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AUTHENTICATOR, type Authenticator } from '#platform/authentication.js';
import { AnswerField, Flag, Id, ListOfNested, Nested, OneOf, Position, Text, Time } from '#platform/fields.js';
import { CLOSING } from '#platform/health.js';
import { idKind, nameOfKind } from '#platform/kinds.js';
import { FeedQuery, ListParameter, Parameter } from '#platform/query-fields.js';
import { FollowAccessChanges, followAccessChanges } from '../../queries/access-changes-feed.js';
import type { FeedPage } from '../../queries/feed-place.js';
import type { LogReading } from '../../queries/log-reading.js';
import type { QueryContext } from '../../queries/query.js';
import { type AccessChangeRow, accessChangeTypes } from '../../views/access-changes.js';
import { answeredFeed, LOG_READING, renewing, whileWanted } from './log-asking.js';
import { Asking } from './query-route.js';
import { QuestionRoute } from './question-route.js';

const orAll = { description: 'With the changes that name all.' };

export class AccessChangesQuery extends FeedQuery {
  @Parameter(idKind('acc'), orAll) readonly accountId?: string;
  @Parameter(idKind('usr'), orAll) readonly userId?: string;
  @Parameter(idKind('app'), orAll) readonly applicationId?: string;
  @ListParameter(nameOfKind(accessChangeTypes)) readonly type?: string[];
}

export class ChangeActor {
  @OneOf(['user', 'service', 'system']) readonly kind!: string;
  @Text({ max: 100 }) readonly id!: string;
}

const all = { nullable: true, description: 'Null: all.' };

export class AccessChange {
  @Position() readonly position!: string;
  @Text({ max: 100 }) readonly eventId!: string;
  @Time() readonly at!: string;
  @Text({ max: 100 }) readonly type!: string;
  @Id('acc', all) readonly accountId!: string | null;
  @Id('usr', all) readonly userId!: string | null;
  @Id('app', all) readonly applicationId!: string | null;
  @Text({ max: 100, nullable: true }) readonly role!: string | null;
  @Time({ nullable: true }) readonly expiresAt!: string | null;
  @AnswerField({ type: 'string', enum: ['application', 'account', 'member', null] }, { nullable: true })
  readonly gate!: string | null;
  @Text({ max: 100, nullable: true }) readonly cause!: string | null;
  @Nested(() => ChangeActor) readonly actor!: ChangeActor;
  @Text({ max: 200, nullable: true }) readonly correlationId!: string | null;
}

export class AccessChangeFeed {
  @ListOfNested(() => AccessChange, { max: 1_000 }) readonly items!: AccessChange[];
  @Text({ max: 2_000, description: 'Send it as `after` to go on.' }) readonly nextAfter!: string;
  @Flag({ description: 'Whether there is more already.' }) readonly more!: boolean;
}

/** A query's filters, as the feed and the stream have them. */
export const filtersOf = ({ accountId, userId, applicationId, type }: Omit<AccessChangesQuery, keyof FeedQuery>) => ({
  accountId,
  userId,
  applicationId,
  types: type,
});

@Controller('v1/access-changes')
export class AccessChangesRoute {
  constructor(
    @Inject(LOG_READING) private readonly reading: LogReading,
    @Inject(AUTHENTICATOR) private readonly authenticator: Authenticator,
    @Inject(CLOSING) private readonly closing: AbortSignal,
  ) {}

  @Get()
  @QuestionRoute('followAccessChanges', {
    summary: 'Every change of who may use what, in order.',
    answer: AccessChangeFeed,
    needs: 'access:follow',
    codes: ['account-not-found', 'application-not-found', 'cursor-invalid'],
    pagination: 'after',
  })
  async followAccessChanges(
    @Query() query: AccessChangesQuery,
    @Asking() context: QueryContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FeedPage<AccessChangeRow>> {
    const { after, limit, wait } = query;
    const signal = whileWanted(reply, this.closing);
    const renew = renewing(this.authenticator, request);
    const filters = filtersOf(query);
    const asked = new FollowAccessChanges({ after, limit, wait, filters, signal, renew }, context);
    return answeredFeed(reply, await followAccessChanges(asked, this.reading));
  }
}
