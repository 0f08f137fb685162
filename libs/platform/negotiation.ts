import { type CanActivate } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { refuse } from '#eventing/refusal.js';
import { contentTypeOf } from './routes.js';

/** Whether an Accept header (RFC 9110, section 12.5.1) lets a content type through; the most specific range decides. */
export const accepts = (header: string | undefined, contentType: string): boolean => {
  if (header === undefined || header === contentType || header === '*/*' || header.trim() === '') return true;
  const [type = ''] = contentType.split('/');
  const ranges = ['*/*', `${type}/*`, contentType];
  const found = header.split(',').flatMap((part) => {
    const [range = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const specificity = ranges.indexOf(range);
    if (specificity === -1) return [];
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
    return [{ specificity, accepted: Number(quality) > 0 }];
  });
  return found.sort((a, b) => b.specificity - a.specificity)[0]?.accepted ?? false;
};

/** Refuses with 406 where the client doesn't take what the route answers. */
export const negotiationGuard: CanActivate = {
  canActivate: (context) => {
    const { accept } = context.switchToHttp().getRequest<FastifyRequest>().headers;
    return accepts(accept, contentTypeOf(context)) || refuse('not-acceptable');
  },
};
