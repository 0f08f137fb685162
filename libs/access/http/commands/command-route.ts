import { applyDecorators, HttpCode, UseInterceptors } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ProblemCode } from '#platform/problem-catalogue.js';
import { Authenticated, Codes, Permission, Public } from '#platform/routes.js';
import { Receipt, ReceiptInterceptor } from './receipt.js';

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

/** A route that takes one command and answers its receipt. The operationId is the command's name. */
export const CommandRoute = (operationId: string, parts: CommandRouteParts): MethodDecorator => {
  const { summary, needs, codes, creates = false, answer: type = Receipt } = parts;
  return applyDecorators(
    HttpCode(200),
    accessOf(needs),
    ApiTags('Commands'),
    ApiOperation({ operationId, summary }),
    creates ? ApiCreatedResponse({ type }) : ApiOkResponse({ type }),
    Codes(...codes),
    UseInterceptors(ReceiptInterceptor),
  );
};
