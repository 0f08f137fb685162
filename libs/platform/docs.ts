import { Controller, Get, Param, Res } from '@nestjs/common';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiExcludeController, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { refuse } from '#eventing/refusal.js';
import { openApiDocument } from './openapi.js';
import { catalogue, type ProblemCode } from './problem-catalogue.js';
import { isProblemCode, problemType } from './problems.js';
import { Answers, Public } from './routes.js';

/** Pages load what lies beside them and nothing else. */
const contentSecurityPolicy =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'";

/** Serves /openapi.json and, readable, /docs; all from this server. */
export const serveDocs = (app: NestFastifyApplication): void => {
  let document: OpenAPIObject | undefined;
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRoute', (route) => {
    if (!route.url.startsWith('/docs')) return;
    route.onSend = [route.onSend ?? []].flat().concat((_request, reply, _payload, done) => {
      reply.header('Content-Security-Policy', contentSecurityPolicy);
      done();
    });
  });
  SwaggerModule.setup('docs', app, () => (document ??= openApiDocument(app)), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Grantrail API',
    // The validator's badge would be fetched from elsewhere.
    swaggerOptions: { validatorUrl: null, persistAuthorization: false },
  });
};

const escaped = (text: string): string => text.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem } dd { margin: 0 0 1rem }</style>
<h1>${escaped(title)}</h1>
${body}
</html>
`;

const codes = Object.keys(catalogue).filter(isProblemCode);
const entry = (code: ProblemCode): string => {
  const [status, title, detail] = catalogue[code];
  return `<dt><a href="/docs/problems/${code}"><code>${code}</code></a> (${status}): ${escaped(title)}</dt><dd>${escaped(detail)}</dd>`;
};

@ApiExcludeController()
@Controller('docs/problems')
export class ProblemPages {
  @Get()
  @Public()
  @Answers('text/html')
  all(@Res({ passthrough: true }) reply: FastifyReply): string {
    void reply.type('text/html; charset=utf-8');
    return page('Problems', `<dl>${codes.map(entry).join('\n')}</dl>`);
  }

  @Get(':code')
  @Public()
  @Answers('text/html')
  one(@Param('code') code: string, @Res({ passthrough: true }) reply: FastifyReply): string {
    if (!isProblemCode(code)) return refuse('not-found');
    const [status, title, detail] = catalogue[code];
    void reply.type('text/html; charset=utf-8');
    return page(
      title,
      `<p>${escaped(detail)}</p><p>Status ${status}, code <code>${code}</code>, type <code>${problemType(code)}</code>.</p>
<p><a href="/docs/problems">All problems</a></p>`,
    );
  }
}
