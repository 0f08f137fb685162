import 'reflect-metadata';
import { CommandBus } from '@nestjs/cqrs';
import { type Config, type Parts, readConfig } from '#platform/config.js';
import { createHttpApp } from '#platform/http-app.js';
import { createLogger, type Logger } from '#platform/logging.js';
import { openEmbedded } from './engines.js';
import { CommandsModule } from './commands.module.js';
import { isExplained } from './explained.js';
import { observe } from './health.js';
import { Installation } from './installation.js';
import { openDistributed } from './open-distributed.js';
import { ServerModule } from './server.module.js';
import { waitForEngines } from './wait-for-engines.js';

/** Starts the server and keeps it up until SIGTERM or Ctrl-C; sets the exit code when it can't start. */
export const run = async (env: NodeJS.ProcessEnv): Promise<void> => {
  try {
    const server = await serverOf(readConfig(env));
    stopOnSignals(server);
    await server.start();
  } catch (error) {
    const isTold = isExplained(error) || isAddressInUse(error);
    process.stderr.write(`${isTold ? (error as Error).message : ((error as Error).stack ?? String(error))}\n`);
    process.exit(1);
  }
};

const isAddressInUse = (error: unknown): boolean => (error as { code?: unknown }).code === 'EADDRINUSE';

type Say = (...lines: readonly string[]) => void;

const toStdout: Say = (...lines) => {
  process.stdout.write(`${lines.join('\n')}\n`);
};

export interface Server {
  readonly logger: Logger;
  /** Begins to work and to listen, and tells whoever started it. */
  readonly start: () => Promise<void>;
  /** Answers what is in flight and gives the data folder back; while it starts, once it has started. */
  readonly stop: () => Promise<void>;
}

const linesOf = ({ profile, parts, dataDir, baseUrl }: Config): readonly string[] => [
  ...(profile === 'embedded' ? [`  data folder   ${dataDir}`] : []),
  ...(profile === 'distributed'
    ? [
        `  parts         ${Object.keys(parts)
          .filter((name) => parts[name as keyof Parts])
          .join(', ')}`,
      ]
    : []),
  ...(parts.api ? [`  API           ${baseUrl}/docs`] : []),
];

/** The server on its data folder, at work once it is started. */
export const serverOf = async (config: Config, say: Say = toStdout): Promise<Server> => {
  const logger = createLogger({ level: config.logLevel });
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  const { engines: urls, dataDir } = config;
  const engines =
    urls === null
      ? await openEmbedded(dataDir, logger)
      : await waitForEngines(config, () => openDistributed(urls, dataDir, logger), tell);
  const installation = new Installation(config, engines, logger);
  const part = config.parts.api ? ServerModule : CommandsModule;
  const { rateLimits, trustedProxies } = config;
  const app = await createHttpApp(part.over(installation), { logger, rateLimits, trustedProxies });
  const begin = async (): Promise<void> => {
    const { newOperatorKey } = await installation.start(app.get(CommandBus, { strict: false }));
    // First of all: it is told this once, also when the port turns out to be taken.
    if (newOperatorKey !== null) say(`operator key  ${newOperatorKey}   (shown this once: keep it)`);
    observe(app, installation);
    await app.listen(config.port, config.host);
    say(`Grantrail is ready at ${await app.getUrl()}`, ...linesOf(config));
  };
  let started = Promise.resolve();
  return {
    logger,
    start: () => (started = begin()),
    stop: async () => {
      // Whoever started it is told what went wrong.
      await started.catch(() => undefined);
      await app.close();
      await installation.stop();
      await engines.close();
    },
  };
};

/** A second signal ends the process at once; the log is safe whenever that is. */
const stopOnSignals = ({ logger, stop }: Server): void => {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal }, 'stopping');
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'could not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
};
