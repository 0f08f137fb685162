import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { filtersOf } from '#access/http/queries/access-changes-feed.js';
import { LOG_READING, renewing } from '#access/http/queries/log-asking.js';
import { Asking } from '#access/http/queries/query-route.js';
import { changesScope } from '#access/queries/access-changes-scope.js';
import { placeAfter } from '#access/queries/feed-place.js';
import type { LogReading } from '#access/queries/log-reading.js';
import type { QueryContext } from '#access/queries/query.js';
import { accessChangeTypes } from '#access/views/access-changes.js';
import { AUTHENTICATOR, type Authenticator } from '#platform/authentication.js';
import { CLOSING } from '#platform/health.js';
import { idKind, nameOfKind } from '#platform/kinds.js';
import { ListParameter, Parameter, TextParameter } from '#platform/query-fields.js';
import { Answers, Codes, Permission } from '#platform/routes.js';
import { AccessChangesStream } from './access-changes-stream.js';

const orAll = { description: 'With the changes that name all.' };

export class AccessChangesStreamQuery {
  @TextParameter({ max: 2000, description: 'Where to go on; the header Last-Event-ID goes before it.' })
  readonly after?: string;
  @Parameter(idKind('acc'), orAll) readonly accountId?: string;
  @Parameter(idKind('usr'), orAll) readonly userId?: string;
  @Parameter(idKind('app'), orAll) readonly applicationId?: string;
  @ListParameter(nameOfKind(accessChangeTypes)) readonly type?: string[];
}

@Controller('v1/access-changes/stream')
export class AccessChangesStreamRoute {
  readonly #stream: AccessChangesStream;

  constructor(
    @Inject(LOG_READING) private readonly reading: LogReading,
    @Inject(AUTHENTICATOR) private readonly authenticator: Authenticator,
    @Inject(CLOSING) closing: AbortSignal,
  ) {
    this.#stream = new AccessChangesStream({ reading, closing });
  }

  @Get()
  @Permission('access:follow')
  @Answers('text/event-stream')
  @ApiTags('Questions')
  @ApiOperation({
    operationId: 'streamAccessChanges',
    summary:
      'Every change of who may use what as server-sent events: `id` is the feed’s `after`, `event` the type, `data` the row; `position` is a sign of life, `end` says why the stream ends.',
  })
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { type: 'string' } } } })
  @Codes('account-not-found', 'application-not-found', 'cursor-invalid', 'position-of-another-log')
  async streamAccessChanges(
    @Query() query: AccessChangesStreamQuery,
    @Asking() { caller }: QueryContext,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { reading } = this;
    const { authorization, 'last-event-id': last } = request.headers;
    const filters = filtersOf(query);
    const renew = renewing(this.authenticator, request);
    // Refused with a problem while there still is a choice.
    await changesScope(reading, caller, filters);
    const body = this.#stream.follow({
      answer: reply.raw,
      after: await placeAfter(reading, typeof last === 'string' && last !== '' ? last : query.after),
      audience: JSON.stringify([authorization, filters]),
      scope: async () => changesScope(reading, await renew(), filters),
    });
    // Proxies would hold events back, and a connection that is kept alive would hold up the closing of the server.
    void reply.type('text/event-stream').header('X-Accel-Buffering', 'no').header('Connection', 'close');
    await reply.send(body);
  }
}
