import 'reflect-metadata';
import { CommandBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { OperatorKeyEnded } from '#access/processes/start-platform.js';
import { StoreUnavailable } from '#eventing/event-store.js';
import { type Config, ConfigError, readConfig } from '#platform/config.js';
import { createHttpApp } from '#platform/http-app.js';
import { createLogger, type Logger } from '#platform/logging.js';
import { MasterKeyUnusable } from '#privacy/master-key.js';
import { DataFolderInUse } from '#store-sqlite/data-folder.js';
import { type Engines, openEmbedded } from './engines.js';
import { observe } from './health.js';
import { Installation } from './installation.js';
import { ServerModule } from './server.module.js';

/** What whoever starts the server can mend; anything else is a bug and shows its stack. */
const explained = [ConfigError, DataFolderInUse, MasterKeyUnusable, OperatorKeyEnded, StoreUnavailable];

const say = (...lines: readonly string[]): void => {
  process.stdout.write(`${lines.join('\n')}\n`);
};

/** Starts the server and keeps it up until SIGTERM or Ctrl-C; sets the exit code when it can't start. */
export const run = async (env: NodeJS.ProcessEnv): Promise<void> => {
  try {
    await start(readConfig(env));
  } catch (error) {
    const isExplained = explained.some((kind) => error instanceof kind) || isAddressInUse(error);
    process.stderr.write(`${isExplained ? (error as Error).message : ((error as Error).stack ?? String(error))}\n`);
    process.exit(1);
  }
};

const isAddressInUse = (error: unknown): boolean => (error as { code?: unknown }).code === 'EADDRINUSE';

const start = async (config: Config): Promise<void> => {
  const engines = await openEmbedded(config.dataDir);
  const logger = createLogger({ level: config.logLevel });
  const installation = new Installation(config, engines, logger);
  const app = await createHttpApp(ServerModule.over(installation), { logger, rateLimits: config.rateLimits });
  stopOnSignals(app, installation, engines, logger);
  const { newOperatorKey } = await installation.start(app.get(CommandBus, { strict: false }));
  observe(app, installation);
  await app.listen(config.port, config.host);
  say(
    `Grantrail is ready at ${await app.getUrl()}`,
    `  data folder   ${config.dataDir}`,
    `  API           ${config.baseUrl}/docs`,
    ...(newOperatorKey === null ? [] : [`  operator key  ${newOperatorKey}   (shown this once: keep it)`]),
  );
};

/** A second signal ends the process at once; the log is safe whenever that is. */
const stopOnSignals = (
  app: NestFastifyApplication,
  installation: Installation,
  engines: Engines,
  logger: Logger,
): void => {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal }, 'stopping');
    const closed = app
      .close()
      .then(() => installation.stop())
      .then(() => engines.close());
    closed.then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'could not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
};
