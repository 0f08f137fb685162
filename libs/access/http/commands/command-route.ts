import { applyDecorators, HttpCode, UseInterceptors } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { ProblemCode } from '#platform/problem-catalogue.js';
import { Authenticated, Codes, Permission, Public } from '#platform/routes.js';
import { DryRun, Receipt, ReceiptInterceptor } from './receipt.js';

/** What a command route declares of itself. */
export interface CommandRouteParts {
  /** What it does, in a sentence. */
  readonly summary: string;
  /** What the decision asks of the caller; `authenticated` where it depends on more than one permission, `public` for tokens. */
  readonly needs: string;
  /** Its refusals beside the common ones. */
  readonly codes: readonly ProblemCode[];
  readonly creates?: boolean;
  /** The class of the answer where it says more than a receipt. */
  readonly answer?: new () => Receipt;
}

const accessOf = (needs: string): MethodDecorator => {
  if (needs === 'public') return Public({ callerIfAny: false });
  return needs === 'authenticated' ? Authenticated() : Permission(needs);
};

/** With `dryRun=true` every command answers 200 and what would be; some answer no other 200. */
const tried = (...types: (new () => Receipt)[]): MethodDecorator =>
  ApiOkResponse({ schema: { anyOf: [...types, DryRun].map((type) => ({ $ref: getSchemaPath(type) })) } });

/** A route that takes one command and answers its receipt. The operationId is the command's name. */
export const CommandRoute = (operationId: string, parts: CommandRouteParts): MethodDecorator => {
  const { summary, needs, codes, creates = false, answer: type = Receipt } = parts;
  return applyDecorators(
    HttpCode(200),
    accessOf(needs),
    ApiTags('Commands'),
    ApiOperation({ operationId, summary }),
    ApiExtraModels(type, DryRun),
    ...(creates ? [ApiCreatedResponse({ type }), tried()] : [tried(type)]),
    Codes(...codes),
    UseInterceptors(ReceiptInterceptor),
  );
};
