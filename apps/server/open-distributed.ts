import type { EngineUrls } from '#platform/config.js';
import type { Logger } from '#platform/logging.js';
import type { Engines } from './engines.js';

/**
 * The distributed profile: servers that any number of processes share. Their drivers, which take long to load, come with it.
 * @throws StoreUnavailable in a line that names the one that can't be used
 */
export const openDistributed = async (urls: EngineUrls, dataDir: string, logger: Logger): Promise<Engines> => {
  const { openServers } = await import('./distributed-engines.js');
  return openServers(urls, dataDir, logger);
};
