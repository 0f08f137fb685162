import {
  applyDecorators,
  type CallHandler,
  createParamDecorator,
  Inject,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  Optional,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import type { Freshness } from '#eventing/freshness.js';
import { answerRead } from '#platform/answers.js';
import { exchangeOf } from '#platform/exchange.js';
import type { ProblemCode } from '#platform/problem-catalogue.js';
import type { ListQuery } from '#platform/query-fields.js';
import { Authenticated, Codes, Pagination, Permission } from '#platform/routes.js';
import type { Caller } from '../../caller.js';
import type { ListParameters, Page } from '../../queries/list.js';
import type { QueryContext } from '../../queries/query.js';
import type { MomentParameters, Single } from '../../queries/single.js';

type Answered = Page<unknown> | Single<unknown>;

/** Injectable: since when what is read may lack something. */
export const FRESHNESS = Symbol('Freshness');

/** Answers a list, or a single thing with its ETag; both with the moment they are read at. */
@Injectable()
export class ReadInterceptor implements NestInterceptor<Answered, unknown> {
  constructor(@Optional() @Inject(FRESHNESS) private readonly freshness?: Pick<Freshness, 'staleSince'>) {}

  intercept(context: ExecutionContext, next: CallHandler<Answered>): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map((answered) => {
        const staleSince = this.freshness?.staleSince ?? null;
        if (!('moment' in answered)) {
          answerRead(reply, { position: BigInt(answered.position), staleSince });
          return answered;
        }
        const { moment, revision, answer } = answered;
        answerRead(reply, { position: moment.position, staleSince, ...(revision !== undefined && { revision }) });
        return answer;
      }),
    );
  }
}

/** What a route of a query declares of itself. */
export interface QueryRouteParts {
  /** What it tells, in a sentence. */
  readonly summary: string;
  /** The permission it takes; left out where any caller may ask and gets what is theirs. */
  readonly needs?: string;
  /** Its refusals beside the common ones. */
  readonly codes?: readonly ProblemCode[];
  readonly answer: Type;
}

const route = (
  operationId: string,
  { summary, needs, codes = [], answer }: QueryRouteParts,
  ...rest: readonly MethodDecorator[]
): MethodDecorator =>
  applyDecorators(
    needs === undefined ? Authenticated() : Permission(needs),
    ApiTags('Queries'),
    ApiOperation({ operationId, summary }),
    ApiOkResponse({ type: answer }),
    Codes('as-of-in-the-future', ...codes),
    UseInterceptors(ReadInterceptor),
    ...rest,
  );

/** A list with a cursor; `answer` is the class of the whole page. The operationId is the query's name. */
export const ListRoute = (operationId: string, parts: QueryRouteParts): MethodDecorator =>
  route(operationId, parts, Pagination('cursor'));

/** A single thing. The operationId is the query's name. */
export const SingleRoute = (operationId: string, parts: QueryRouteParts): MethodDecorator => route(operationId, parts);

/** Who asks, and when. */
export const Asking = createParamDecorator((_: undefined, execution: ExecutionContext): QueryContext => {
  const { caller } = exchangeOf(execution.switchToHttp().getRequest<FastifyRequest>());
  if (caller === undefined) throw new Error('a route that answers queries lets in nobody without a caller');
  return { caller: caller as unknown as Caller, now: new Date().toISOString() };
});

type FilterValue = string | boolean | readonly string[] | undefined;

const textOf = (value: FilterValue): string | undefined => {
  if (value === undefined || typeof value === 'string') return value;
  // The same values in another order ask for the same: a cursor takes either.
  return typeof value === 'boolean' ? String(value) : [...new Set(value)].sort().join(',');
};

/** The parameters of a list; whatever isn't common to all lists is a filter. */
export const listParameters = (query: ListQuery & { readonly sort?: string }): ListParameters => {
  const { limit, cursor, count, sort, asOf, minPosition, ...filters } = query;
  const texts = Object.entries<FilterValue>({ ...filters }).map(([name, value]) => [name, textOf(value)] as const);
  return { limit, cursor, count, sort, asOf, minPosition, filters: Object.fromEntries(texts) };
};

/** The moment of a single thing. */
export const momentOf = ({ asOf, minPosition }: MomentParameters): MomentParameters => ({
  ...(asOf !== undefined && { asOf }),
  ...(minPosition !== undefined && { minPosition }),
});
