import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { CommandBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createHttpApp } from '#platform/http-app.js';
import { CommandsModule } from './commands.module.js';
import type { Installation } from './installation.js';
import { installationOn, type Kept, kept } from './installation.spec-kit.js';

const operatorKey = `grk_${'k'.repeat(43)}`;

let stores: Kept;
let installation: Installation;
let app: NestFastifyApplication;
beforeEach(async () => {
  stores = kept();
  installation = installationOn(stores.engines(), { GRANTRAIL_OPERATOR_KEY: operatorKey });
  const { logger, config } = installation;
  app = await createHttpApp(CommandsModule.over(installation), { logger, rateLimits: config.rateLimits });
  await installation.start(app.get(CommandBus, { strict: false }));
});
afterEach(async () => {
  await app.close();
  await installation.stop();
  await stores.remove();
});

it('lets operators ask a process that serves nothing else how its reactors and its timer are', async () => {
  const ask = (url: string) => app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${operatorKey}` } });
  const status = await ask('/v1/operations/status');
  expect(status.statusCode).toBe(200);
  expect(status.json()).toMatchObject({
    timer: { state: 'live', failing: 0 },
    reactors: installation.reactors.map(
      ({ status: { reactor } }) => expect.objectContaining({ name: reactor }) as object,
    ),
  });
  expect((await ask('/v1/operations/parked')).json()).toEqual({ items: [] });
  expect((await app.inject('/v1/operations/status')).statusCode).toBe(401);
  expect((await ask('/v1/accounts')).statusCode).toBe(404);
});
