import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { requireWholeLog } from '#access/processes/start-platform.js';
import { systemContext } from '#access/processes/system-context.js';
import { type Platform, platformAggregate, platformId } from '#access/platform/platform.js';
import { RenewLog, renewLog } from '#access/platform/renew-log.js';
import { randomId } from '#eventing/ids.js';
import { type Migrated, migrate, type MigrationProgress } from '#eventing/migration/migrate.js';
import { MigrationRefused } from '#eventing/migration/refused.js';
import { Refusal } from '#eventing/refusal.js';
import type { WrappedKey } from '#eventing/vault.js';
import { type Config, type Profile, readConfig } from '#platform/config.js';
import { createLogger } from '#platform/logging.js';
import { keyWrap, WrongMasterKey } from '#privacy/key-wrap.js';
import { loadMasterKey } from '#privacy/master-key.js';
import { type Engines, openEmbedded } from './engines.js';
import { Installation, timerLease } from './installation.js';
import { openDistributed } from './open-distributed.js';

export interface MovedInstallation extends Migrated {
  /** The id of the source's log. */
  readonly from: string;
  /** The id that its copy goes by. */
  readonly logId: string;
}

interface Move {
  readonly config: Config;
  readonly source: Engines;
  readonly target: Engines;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: MigrationProgress) => void;
}

/** What goes wrong is thrown; standard output is for the answer. */
const logger = createLogger({ level: 'silent' });

const howToGiveTheKey = (file: string): string =>
  existsSync(file)
    ? `give the source’s own: export GRANTRAIL_MASTER_KEY="$(cat ${file})"`
    : 'give the one that the source is served with';

const keyMissing = (file: string): MigrationRefused =>
  new MigrationRefused(`GRANTRAIL_MASTER_KEY is not set: ${howToGiveTheKey(file)}`);

/** The key that both sides are served with. @throws MigrationRefused without one, and for another than the source's */
const masterKeyOf = async ({ config, source }: Move): Promise<Uint8Array> => {
  const { masterKeyFile: file, vault } = source;
  if (config.masterKey === null) throw keyMissing(file);
  const master = loadMasterKey({ env: config.masterKey, file });
  // The keys themselves tell, when there are any.
  for await (const _ of vault.keys()) return master;
  if (existsSync(file) && Buffer.compare(loadMasterKey({ file }), master) !== 0)
    throw new MigrationRefused(`GRANTRAIL_MASTER_KEY is another key: ${howToGiveTheKey(file)}`);
  return master;
};

/** Does the work while no process works on the engines. @throws MigrationRefused when one does */
const alone = async <Result>(side: string, { leases }: Engines, work: () => Promise<Result>): Promise<Result> => {
  if (leases === null) return work();
  const turn = leases.inTurn(timerLease, () => Promise.allSettled([work()]));
  const [done] = await turn.catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error;
    throw new MigrationRefused(`The ${side} is in use: stop its servers, or let the other migration end`);
  });
  if (done.status === 'rejected') throw done.reason;
  return done.value;
};

/**
 * Copies what one installation's engines hold to others that are empty, and makes it a log of its own; see {@link migrate}.
 * @throws MigrationRefused, CopyUnfinished, StoreUnavailable, and what the signal was aborted with
 */
export const moveInstallation = async (move: Move): Promise<MovedInstallation> => {
  const { config, source, target, signal, onProgress } = move;
  const master = await masterKeyOf(move);
  const [here, there] = [new Installation(config, source, logger), new Installation(config, target, logger)];
  await requireWholeLog(here.access);
  const from = (await platformOf(here)).logId;
  if (from === null) throw new MigrationRefused('The source holds no data yet: begin with the target');

  const { unwrap } = keyWrap(master);
  const requireKey = ({ subject, wrapped }: WrappedKey): void => {
    try {
      unwrap(subject, wrapped);
    } catch (error) {
      if (!(error instanceof WrongMasterKey)) throw error;
      const todo = howToGiveTheKey(source.masterKeyFile);
      throw new MigrationRefused(`GRANTRAIL_MASTER_KEY does not open the key of ${subject}: ${todo}`);
    }
  };
  const command = new RenewLog({ logId: randomId('log') }, systemContext(from, 'renew-log'));
  const migrated = await alone('source', source, () =>
    alone('target', target, () =>
      migrate({
        source,
        target,
        logId: from,
        requireKey,
        isRenewal: ({ type, data }) => type === 'LogRenewed' && data['from'] === from,
        renew: async () => {
          await there.access.decide(platformAggregate, platformId, command, (platform) => renewLog(command, platform));
        },
        signal,
        ...(onProgress && { onProgress }),
      }),
    ),
  );
  return { ...migrated, from, logId: (await platformOf(there)).logId ?? '' };
};

const platformOf = ({ loop }: Installation): Promise<Platform> =>
  loop.read(platformAggregate, platformId, (platform) => ({ ...platform }));

const opened = (profile: Profile, { dataDir, engines }: Config): Promise<Engines> =>
  profile === 'embedded' || engines === null ? openEmbedded(dataDir) : openDistributed(engines, dataDir, logger);

/** Moves what the environment names from one profile to the other. @throws {@link moveInstallation}, ConfigError, DataFolderInUse */
export const moveProfile = async (
  { from, to }: { readonly from: Profile; readonly to: Profile },
  env: NodeJS.ProcessEnv,
  rest: Pick<Move, 'signal' | 'onProgress'>,
): Promise<MovedInstallation> => {
  // Before the configuration is read: that would advise to make one.
  if ((env['GRANTRAIL_MASTER_KEY'] ?? '').trim() === '')
    throw keyMissing(join(env['GRANTRAIL_DATA_DIR'] ?? './data', 'master.key'));
  const config = readConfig({ ...env, GRANTRAIL_PROFILE: 'distributed' });
  if (from === 'embedded' && !existsSync(join(config.dataDir, 'events.db')))
    throw new MigrationRefused(`${config.dataDir} holds no data: name the folder with --data-dir`);
  const source = await opened(from, config);
  try {
    const target = await opened(to, config);
    try {
      return await moveInstallation({ config, source, target, ...rest });
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
};
