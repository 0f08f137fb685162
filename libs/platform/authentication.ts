import { type CanActivate, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Refusal } from '#eventing/refusal.js';
import { type AuthenticatedCaller, exchangeOf } from './exchange.js';
import { accessOf } from './routes.js';

/** Finds out who calls by the text behind `Bearer`. Provide it under {@link AUTHENTICATOR}. */
export interface Authenticator {
  /** Undefined for credentials that are not valid; throws a Refusal (`token-expired`, `identity-not-linked`) to say more. */
  authenticate(bearer: string): Promise<AuthenticatedCaller | undefined>;
}
export const AUTHENTICATOR = Symbol('Authenticator');

/** The caller of a route that is not public; on public ones undefined, unless it takes a caller if there is one. */
export const CurrentCaller = createParamDecorator(
  (_: undefined, context: ExecutionContext) => exchangeOf(context.switchToHttp().getRequest<FastifyRequest>()).caller,
);

const bearerOf = (request: FastifyRequest): string | undefined => {
  const sent = request.headers.authorization;
  if (sent === undefined) return undefined;
  const bearer = /^Bearer +([\w.~+/-]+=*) *$/i.exec(sent)?.[1];
  return bearer ?? challenge('credentials-invalid');
};

type CredentialsCode = 'credentials-missing' | 'credentials-invalid';
const challenge = (code: CredentialsCode): never => {
  throw new Refusal(code);
};

/** The `WWW-Authenticate` of a 401 (RFC 6750, section 3). */
export const challengeOf = (code: string): string => {
  if (code === 'credentials-missing') return 'Bearer realm="grantrail"';
  const description = code === 'token-expired' ? ', error_description="expired"' : '';
  return `Bearer realm="grantrail", error="invalid_token"${description}`;
};

/** Lets nobody past a route that is not public without a caller. */
export const authenticationGuard = (authenticator: Authenticator): CanActivate => ({
  canActivate: async (context) => {
    const declared = accessOf(context);
    if (declared?.kind === 'public' && !declared.callerIfAny) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const bearer = bearerOf(request);
    if (bearer === undefined) return declared?.kind === 'public' || challenge('credentials-missing');
    exchangeOf(request).caller = (await authenticator.authenticate(bearer)) ?? challenge('credentials-invalid');
    return true;
  },
});
