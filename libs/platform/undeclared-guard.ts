import { type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { getMetadataStorage } from 'class-validator';
import { type FastifyRequest } from 'fastify';
import { Refusal } from '#eventing/refusal.js';
import { isCommand } from './routes.js';

type Arguments = Readonly<Record<string, { readonly index: number; readonly data?: unknown }>>;

/** What a handler takes: the fields of its query class or single names, and whether it has a body. */
interface Declared {
  readonly parameters: ReadonlySet<string>;
  readonly body: boolean;
}

const declaredBy = (context: ExecutionContext): Declared => {
  const controller = context.getClass();
  const name = context.getHandler().name;
  const declared = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as Arguments;
  const types = (Reflect.getMetadata('design:paramtypes', controller.prototype as object, name) ?? []) as unknown[];
  const names = Object.entries(declared).flatMap(([key, { index, data }]) => {
    if (!key.startsWith(`${RouteParamtypes.QUERY}:`)) return [];
    if (typeof data === 'string') return [data];
    const fields = getMetadataStorage().getTargetValidationMetadatas(types[index] as () => void, '', false, false);
    return fields.map(({ propertyName }) => propertyName);
  });
  return {
    parameters: new Set(isCommand(context) ? [...names, 'dryRun'] : names),
    body: Object.keys(declared).some((key) => key.startsWith(`${RouteParamtypes.BODY}:`)),
  };
};

const isEmpty = (body: unknown): boolean =>
  body === undefined || (typeof body === 'object' && body !== null && Object.keys(body).length === 0);

/** Refuses query parameters and bodies that the route doesn't declare, and repeated parameters; runs after the details were read. */
export const undeclaredGuard = (): CanActivate => {
  const known = new WeakMap<object, Declared>();
  return {
    canActivate: (context) => {
      const request = context.switchToHttp().getRequest<FastifyRequest<{ Querystring: Record<string, unknown> }>>();
      const handler = context.getHandler();
      let declared = known.get(handler);
      if (declared === undefined) known.set(handler, (declared = declaredBy(context)));
      const { parameters, body } = declared;
      const { query } = request;
      const names = Object.keys(query);
      const unknown = names.filter((name) => !parameters.has(name));
      if (unknown.length > 0) throw new Refusal('unknown-parameter', {}, problems(unknown, 'unknown'));
      const repeated = names.filter((name) => Array.isArray(query[name]));
      if (repeated.length > 0) throw new Refusal('invalid-request', {}, problems(repeated, 'type'));
      if (!body && !isEmpty(request.body)) throw new Refusal('invalid-request', {}, [{ pointer: '', code: 'unknown' }]);
      // It is in the details now; a query class need not name it.
      delete query['dryRun'];
      return true;
    },
  };
};

const problems = (names: readonly string[], code: string): { parameter: string; code: string }[] =>
  names.slice(0, 100).map((name) => ({ parameter: name.slice(0, 100), code }));
