import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorKeyUnusable } from '#access/processes/start-platform.js';
import { StoreUnavailable } from '#eventing/event-store.js';
import { readConfig } from '#platform/config.js';
import { createLogger } from '#platform/logging.js';
import { openEmbedded } from './engines.js';
import { Installation } from './installation.js';

/**
 * Makes a new operator's key in the data folder of a server that is stopped, and revokes the ones that starts have issued.
 * @throws DataFolderInUse while the server runs; and what else {@link isExplained}
 */
export const newOperatorKey = async (env: NodeJS.ProcessEnv): Promise<string> => {
  const config = readConfig(env);
  if (config.operatorKey !== null)
    throw new OperatorKeyUnusable('GRANTRAIL_OPERATOR_KEY names the operator’s key: change it there, or take it away');
  if (config.profile === 'distributed')
    throw new OperatorKeyUnusable(
      'GRANTRAIL_PROFILE is distributed: set GRANTRAIL_OPERATOR_KEY to a new key and start the workers again, which revokes the old one',
    );
  if (!existsSync(join(config.dataDir, 'events.db')))
    throw new StoreUnavailable(`${config.dataDir} holds no data yet: the first start of a server prints its key`);
  const engines = await openEmbedded(config.dataDir);
  try {
    return await new Installation(config, engines, createLogger({ level: config.logLevel })).renewOperatorKey();
  } finally {
    await engines.close();
  }
};
