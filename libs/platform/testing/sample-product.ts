import { Body, Controller, Delete, Get, Module, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { setTimeout as after } from 'node:timers/promises';
import { OutcomeUnknown, StoreReadOnly, StoreUnavailable } from '#eventing/event-store.js';
import { UnknownEventType } from '#eventing/event-types.js';
import { Refusal, refuse } from '#eventing/refusal.js';
import { answerCommand, answerRead } from '../answers.js';
import { AUTHENTICATOR, type Authenticator, CurrentCaller } from '../authentication.js';
import { type AuthenticatedCaller, type RequestDetails } from '../exchange.js';
import {
  AnswerField,
  EmailAddress,
  Flag,
  Id,
  ListOf,
  ListOfNested,
  Name,
  Nested,
  OneOf,
  Reasoned,
  Text,
  Time,
  WebAddress,
} from '../fields.js';
import { idKind, nameOfKind } from '../kinds.js';
import { FeedQuery, ListParameter, ListQuery, SortParameter, TextParameter } from '../query-fields.js';
import { Details } from '../request-details.js';
import { Answers, Authenticated, Codes, Pagination, Permission, Public, Question, RateLimit } from '../routes.js';

/** A small product of one resource, for the specs of the edge. */
export const keys = {
  person: 'person-token',
  expired: 'expired-token',
  platform: 'platform-token',
  down: 'down-token',
};

class Owner {
  @Name() readonly name!: string;
  @EmailAddress() readonly email!: string;
}

class Grant {
  @Id('usr') readonly userId!: string;
  @Time({ optional: true, nullable: true }) readonly expiresAt?: string | null;
}

export class OpenShelf extends Reasoned {
  @Name() readonly name!: string;
  @OneOf(['small', 'large'], { optional: true }) readonly size?: string;
  @Nested(() => Owner) readonly owner!: Owner;
  @ListOf(idKind('app'), { max: 3, optional: true }) readonly applicationIds?: string[];
  @ListOfNested(() => Grant, { max: 2, optional: true }) readonly grants?: Grant[];
  @Text({ max: 10, optional: true, nullable: true, pattern: /^[a-z]+$/ }) readonly note?: string | null;
  @WebAddress({ optional: true }) readonly homeUrl?: string;
  @Flag({ optional: true }) readonly open?: boolean;
}

export class ChangeShelf {
  @Name({ optional: true }) readonly name?: string;
}

export class Shelf {
  @Id('shelf') readonly id!: string;
  @Name() readonly name!: string;
  @Text({ max: 10, nullable: true }) readonly note!: string | null;
  @AnswerField({ type: 'object', additionalProperties: true }, { nullable: true }) readonly owner!: object | null;
}

export class ShelfQuery extends ListQuery {
  @SortParameter(['name', 'openedAt']) readonly sort: string = 'name';
  @ListParameter(nameOfKind(['active', 'closed'])) readonly status?: string[];
  @TextParameter({ min: 2 }) readonly search?: string;
}

const id = `shelf_${'a'.repeat(26)}`;
const shown = (details: RequestDetails): object => ({
  ...details,
  requestHash: details.requestHash,
  ...(details.ifMatch === undefined ? {} : { ifMatch: details.ifMatch.toString() }),
});

@Controller('v1/shelves')
export class Shelves {
  @Post()
  @Permission('shelves:open')
  @Codes('name-taken')
  @ApiCreatedResponse({ type: Shelf })
  openShelf(
    @Body() body: OpenShelf,
    @Details() details: RequestDetails,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): object {
    answerCommand(reply, { position: 12n, revision: 0n, replayed: false, location: `/v1/shelves/${id}` });
    return { body, details: shown(details) };
  }

  @Get()
  @Permission('shelves:view')
  @Pagination('cursor')
  listShelves(@Query() query: ShelfQuery): object {
    return query;
  }

  @Get('feed')
  @Authenticated()
  @Pagination('after')
  followShelves(@Query() query: FeedQuery): object {
    return query;
  }

  @Get(':shelfId')
  @Permission('shelves:view')
  @ApiOkResponse({ type: Shelf })
  getShelf(@Param('shelfId') shelfId: string, @Res({ passthrough: true }) reply: FastifyReply): object {
    if (shelfId !== id) refuse('account-not-found', { needs: shelfId });
    answerRead(reply, { position: 12n, revision: 57n });
    return { id, name: 'Tall', note: null, owner: null };
  }

  @Patch(':shelfId')
  @Permission('shelves:change')
  changeShelf(
    @Body() body: ChangeShelf,
    @Details() details: RequestDetails,
    @CurrentCaller() caller: AuthenticatedCaller,
  ): object {
    return { body, details: shown(details), caller };
  }

  @Delete(':shelfId')
  @Permission('shelves:close')
  closeShelf(@Details() details: RequestDetails): object {
    return { details: shown(details) };
  }

  @Post('lookup')
  @Public()
  @Question()
  @RateLimit('token')
  lookUpShelf(): object {
    return {};
  }

  @Post('accept')
  @Public({ callerIfAny: true })
  acceptShelf(@CurrentCaller() caller: AuthenticatedCaller | undefined): object {
    return { caller: caller ?? null };
  }

  @Get('stream')
  @Public()
  @Answers('text/event-stream')
  streamShelves(): string {
    return '';
  }
}

export const secret = { email: 'ann@example.com', key: `grk_${'s'.repeat(43)}`, token: 'T'.repeat(43) };

const failures: Readonly<Record<string, () => Error>> = {
  refused: () =>
    new Refusal('not-allowed', { needs: 'members:invite', secret: secret.email }, [
      { code: 'not-allowed', pointer: '/a' },
    ]),
  stale: () => new Refusal('changed-meanwhile', { revision: 57n }),
  behind: () => new Refusal('view-behind', { position: '00000000000000000007', retryAfterSeconds: 3 }),
  busy: () => new Refusal('busy'),
  closed: () => new Refusal('invitation-not-pending', { status: 'revoked' }),
  store: () => new StoreUnavailable('no disk'),
  'read-only': () => new StoreReadOnly('a full disk'),
  unknown: () => new OutcomeUnknown('no answer'),
  newer: () => new UnknownEventType('ShareRenamed is not known to this version'),
  bug: () => new Error(`could not read ${secret.email} with ${secret.key}`, { cause: new TypeError(secret.token) }),
  nocode: () => new Refusal('no-such-code'),
};

@Controller('v1/failures')
export class Failures {
  @Get(':failure')
  @Public()
  fail(@Param('failure') failure: string): object {
    throw failures[failure]?.() ?? new Error(failure);
  }
}

export const slow = { started: Promise.withResolvers<undefined>(), delayMs: 300 };

@Controller('v1/slow')
export class Slow {
  @Get()
  @Public()
  async wait(): Promise<object> {
    slow.started.resolve(undefined);
    await after(slow.delayMs, undefined, { ref: false });
    return { done: true };
  }
}

const authenticator: Authenticator = {
  authenticate: (bearer) => {
    if (bearer === keys.expired) throw new Refusal('token-expired');
    if (bearer === keys.down) throw new StoreUnavailable('no disk');
    if (bearer === keys.person) return Promise.resolve({ kind: 'user', id: 'usr_1' });
    if (bearer === keys.platform) return Promise.resolve({ kind: 'service', id: 'key_1', rateLimit: 'platformKey' });
    return Promise.resolve(undefined);
  },
};

@Module({
  controllers: [Shelves, Failures, Slow],
  providers: [{ provide: AUTHENTICATOR, useValue: authenticator }],
})
export class SampleProduct {}
