import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ProblemCode } from '#platform/problem-catalogue.js';
import { Authenticated, Codes, Pagination, Permission, Question } from '#platform/routes.js';

interface QuestionRouteParts {
  readonly summary: string;
  readonly answer: new () => object;
  /** What the answer's reach asks of the caller; any caller's question when left out. */
  readonly needs?: string;
  readonly codes?: readonly ProblemCode[];
  readonly pagination?: 'cursor' | 'after';
}

/** A route that answers a question and changes nothing, whatever its method. The operationId is the question's name. */
export const QuestionRoute = (operationId: string, parts: QuestionRouteParts): MethodDecorator => {
  const { summary, answer: type, needs, codes = [], pagination } = parts;
  return applyDecorators(
    HttpCode(200),
    needs === undefined ? Authenticated() : Permission(needs),
    Question(),
    ApiTags('Questions'),
    ApiOperation({ operationId, summary }),
    ApiOkResponse({ type }),
    Codes(...codes),
    ...(pagination === undefined ? [] : [Pagination(pagination)]),
  );
};
