import { type DynamicModule, type Type } from '@nestjs/common';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type AddressInfo } from 'node:net';
import { readConfig } from '../config.js';
import { createHttpApp, type HttpAppOptions } from '../http-app.js';
import { createLogger } from '../logging.js';
import { keys, SampleProduct } from './sample-product.js';

export interface Served {
  readonly app: NestFastifyApplication;
  readonly url: string;
  /** The lines logged so far. */
  readonly lines: string[];
  /** A request to a path, by the person unless it says otherwise. */
  readonly ask: (path: string, init?: RequestInit & { bearer?: string | null }) => Promise<Response>;
}

/** The sample product behind the whole edge, on a free port. */
export const serve = async (
  options: Partial<HttpAppOptions> = {},
  module: Type | DynamicModule = SampleProduct,
): Promise<Served> => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'debug', stream: { write: (line) => void lines.push(line) } });
  const app = await createHttpApp(module, { logger, rateLimits: readConfig({}).rateLimits, ...options });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const ask: Served['ask'] = (path, { bearer = keys.person, ...init } = {}) => {
    const headers = new Headers(init.headers);
    if (bearer !== null) headers.set('Authorization', `Bearer ${bearer}`);
    if (typeof init.body === 'string' && !headers.has('Content-Type')) headers.set('Content-Type', 'application/json');
    return fetch(url + path, { ...init, headers });
  };
  return { app, url, lines, ask };
};

/** POST, or another method, of a value as JSON. */
export const json = (value: unknown, init: RequestInit = {}): RequestInit => ({
  method: 'POST',
  ...init,
  body: JSON.stringify(value),
});
