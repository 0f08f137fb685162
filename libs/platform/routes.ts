/**
 * What a route says of itself. Every controller method has one of `@Permission`, `@Authenticated` and `@Public`,
 * or the server doesn't start; the rest is as it needs.
 */
import {
  applyDecorators,
  type ExecutionContext,
  HttpCode,
  type INestApplication,
  RequestMethod,
  SetMetadata,
} from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';
import { type ProblemCode } from './problem-catalogue.js';
import { type RateLimitConfig } from './config.js';

/** Who may call a route. */
export type Access =
  | { readonly kind: 'permission'; readonly permission: string }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'public'; readonly callerIfAny: boolean };

const accessKey = 'grantrail:access';
const rateLimitKey = 'grantrail:rate-limit';
const questionKey = 'grantrail:question';
const answersKey = 'grantrail:answers';

const access = (declared: Access): MethodDecorator => applyDecorators(SetMetadata(accessKey, declared));

/** Callers need this permission; the decision or the query behind the route asks for it. */
export const Permission = (permission: string): MethodDecorator =>
  applyDecorators(access({ kind: 'permission', permission }), ApiExtension('x-permission', permission));

/** Any caller with valid credentials. */
export const Authenticated = (): MethodDecorator => access({ kind: 'authenticated' });

/** Anybody. With `callerIfAny`, credentials are read (and must be valid) when there are some. */
export const Public = ({ callerIfAny = false } = {}): MethodDecorator =>
  applyDecorators(
    access({ kind: 'public', callerIfAny }),
    ApiExtension('x-public', callerIfAny ? 'caller-if-any' : true),
  );

/** At most as often as this limit of the configuration says, per address. */
export const RateLimit = (limit: keyof RateLimitConfig): MethodDecorator =>
  applyDecorators(SetMetadata(rateLimitKey, limit));

/** A route that changes nothing although its method is not GET: it answers 200 and takes no `dryRun`. */
export const Question = (): MethodDecorator =>
  applyDecorators(HttpCode(200), SetMetadata(questionKey, true), ApiExtension('x-question', true));

/** Answers another content type than JSON. */
export const Answers = (contentType: string): MethodDecorator => applyDecorators(SetMetadata(answersKey, contentType));

/** The refusals of a route beside the common ones. */
export const Codes = (...codes: readonly ProblemCode[]): MethodDecorator =>
  applyDecorators(ApiExtension('x-codes', [...codes]));

/** How a list (`cursor`) or a feed (`after`) goes on. */
export const Pagination = (kind: 'cursor' | 'after'): MethodDecorator =>
  applyDecorators(ApiExtension('x-pagination', kind));

/** All that a route declares. */
interface Declarations {
  readonly access: Access | undefined;
  readonly rateLimit: keyof RateLimitConfig | undefined;
  readonly contentType: string;
  readonly isCommand: boolean;
}

type Handler = ReturnType<ExecutionContext['getHandler']>;
const reflector = new Reflector();
const known = new WeakMap<Handler, Declarations>();

const readDeclarations = (handler: Handler): Declarations => {
  const of = (key: string): unknown => reflector.get<unknown>(key, handler);
  return {
    access: of(accessKey) as Access | undefined,
    rateLimit: of(rateLimitKey) as keyof RateLimitConfig | undefined,
    contentType: (of(answersKey) as string | undefined) ?? 'application/json',
    isCommand: of(METHOD_METADATA) !== RequestMethod.GET && of(questionKey) !== true,
  };
};

const declarationsOf = (context: ExecutionContext): Declarations => {
  const handler = context.getHandler();
  let declarations = known.get(handler);
  if (declarations === undefined) known.set(handler, (declarations = readDeclarations(handler)));
  return declarations;
};

/** What the route of a request declares; the server doesn't start with one that declares nothing. */
export const accessOf = (context: ExecutionContext): Access | undefined => declarationsOf(context).access;
export const rateLimitOf = (context: ExecutionContext): keyof RateLimitConfig | undefined =>
  declarationsOf(context).rateLimit;
export const contentTypeOf = (context: ExecutionContext): string => declarationsOf(context).contentType;

/** Whether a route may change something. */
export const isCommand = (context: ExecutionContext): boolean => declarationsOf(context).isCommand;

/** A route that doesn't say who may call it. */
export class UndeclaredRoutes extends Error {
  override readonly name = 'UndeclaredRoutes';
}

/**
 * @throws UndeclaredRoutes naming every controller method that lacks `@Permission`, `@Authenticated` and `@Public`
 */
export const assertRoutesDeclared = (app: INestApplication): void => {
  const scanner = new MetadataScanner();
  const undeclared = app
    .get(DiscoveryService, { strict: false })
    .getControllers()
    .flatMap(({ metatype }) => {
      const controller = metatype as { name: string; prototype: object } | null;
      if (controller === null) return [];
      return scanner.getAllMethodNames(controller.prototype).flatMap((name) => {
        const method = (controller.prototype as Record<string, unknown>)[name] as object;
        const routed = Reflect.hasMetadata(METHOD_METADATA, method);
        return routed && !Reflect.hasMetadata(accessKey, method) ? [`${controller.name}.${name}`] : [];
      });
    });
  if (undeclared.length > 0)
    throw new UndeclaredRoutes(`say who may call ${undeclared.join(', ')}: @Permission, @Authenticated or @Public`);
};
