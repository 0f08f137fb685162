import { type FastifyInstance } from 'fastify';
import { Refusal } from '#eventing/refusal.js';

/** Paths that differ in the names of parameters only are one path to the router. */
const shapeOf = (path: string): string => path.replace(/:[^/]+/g, ':');

/**
 * Makes a known path with another method 405 with Allow instead of 404. Call it before the first route is there;
 * the function it gives, after the last.
 */
export const refuseOtherMethods = (fastify: FastifyInstance): (() => void) => {
  const routes = new Map<string, { path: string; methods: Set<string> }>();
  fastify.addHook('onRoute', ({ url, method }) => {
    const shape = shapeOf(url);
    const route = routes.get(shape) ?? { path: url, methods: new Set<string>() };
    for (const name of [method].flat()) route.methods.add(name);
    routes.set(shape, route);
  });
  return () => {
    for (const { path, methods } of [...routes.values()]) {
      const allow = [...methods].sort().join(', ');
      const others = fastify.supportedMethods.filter((method) => !methods.has(method));
      if (others.length === 0) continue;
      fastify.route({
        method: others,
        url: path,
        // Before the body is read: what it holds makes no difference.
        onRequest: (_request, _reply, done) => done(new Refusal('method-not-allowed', { allow })),
        handler: () => undefined,
      });
    }
  };
};
