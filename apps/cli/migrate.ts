import type { MigrationProgress } from '#eventing/migration/migrate.js';
import type { Profile } from '#platform/config.js';
import { exitCodes, Failure } from './failure.js';
import { type Progress, progressOn } from './progress.js';
import { printJson, printLines, type Session } from './session.js';

export interface MigrateOptions {
  readonly from: Profile;
  readonly to: Profile;
  readonly dataDir?: string;
}

const labels = { vault: 'keys and claims', log: 'events', verify: 'verifying' };

/** A line of its own for each stage. */
const stagesOn = ({ stdout, json }: Session): { at: (progress: MigrationProgress) => void; end: () => void } => {
  let stage: MigrationProgress['stage'] | undefined;
  let shown: Progress | undefined;
  return {
    at: (progress) => {
      if (progress.stage !== stage) {
        shown?.end();
        shown = progressOn(stdout, labels[progress.stage], json);
        stage = progress.stage;
      }
      shown?.at(progress.done, progress.of);
    },
    end: () => shown?.end(),
  };
};

/** Works on the engines themselves: nothing may be served while they are copied. @throws Failure with the reason in one line */
export const migrateProfile = async (
  session: Session,
  env: NodeJS.ProcessEnv,
  { from, to, dataDir }: MigrateOptions,
): Promise<void> => {
  if (from === to) throw new Failure('--from and --to name the same profile.', exitCodes.usage);
  // Only such commands need the server's own code.
  const [{ moveProfile }, { isExplained }] = await Promise.all([
    import('../server/migrate.js'),
    import('../server/explained.js'),
  ]);
  const stages = stagesOn(session);
  const folder = dataDir === undefined ? {} : { GRANTRAIL_DATA_DIR: dataDir };
  try {
    const { signal } = session;
    const moved = await moveProfile({ from, to }, { ...env, ...folder }, { signal, onProgress: stages.at });
    stages.end();
    const { log, vault, logId, wasDone } = moved;
    if (session.json) printJson(session, { logId, from: moved.from, log, vault, wasDone });
    else
      printLines(session, [
        `${wasDone ? 'copied before' : 'copied'}  ${log.events} events, ${vault.keys} keys, ${vault.tombstones} tombstones, ${vault.claims} claims`,
        `verified  events sha256 ${log.sha256}`,
        `          vault  sha256 ${vault.sha256}`,
        `log       ${logId}   (it was ${moved.from}: its positions are taken with that before them)`,
      ]);
  } catch (error) {
    stages.end();
    if (session.signal.aborted) session.stderr.write('Run it again to go on.\n');
    throw isExplained(error) ? new Failure(error.message, exitCodes.failed) : error;
  }
};
