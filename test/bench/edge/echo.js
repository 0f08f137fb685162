// A process that echoes JSON bodies with nothing but Fastify: the yardstick of what HTTP costs anyhow.
import fastify from 'fastify';

const server = fastify();
server.all('/*', (request, reply) => reply.send(request.body));
process.stdout.write(`ready at ${await server.listen({ port: 0, host: '127.0.0.1' })}\n`);
