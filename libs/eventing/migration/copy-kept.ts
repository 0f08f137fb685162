import { doneJobsName } from '../done-jobs.js';
import { EarlierPositions, earlierPositionsName } from '../earlier-positions.js';
import {
  generationName,
  startCheckpoint,
  type LiveGeneration,
  type ViewSchema,
  type ViewStore,
} from '../view-store.js';
import { MigrationRefused } from './refused.js';

/** Rows without columns, and parked events only. */
const plain: ViewSchema = { columns: {}, indexes: [] };

const ofReactor = (name: string): boolean => name.startsWith('reactor/');

export interface KeptCopy {
  readonly source: ViewStore;
  readonly target: ViewStore;
  /** The source's log. */
  readonly logId: string;
}

/** @throws MigrationRefused when the target's views were built from another log */
export const requireNoViews = async (target: ViewStore): Promise<void> => {
  const own = [doneJobsName, earlierPositionsName];
  const foreign = (await target.live())
    .map(({ generation }) => generation.view)
    .filter((name) => !own.includes(name) && !ofReactor(name));
  if (foreign.length > 0)
    throw new MigrationRefused(
      `The target’s view store holds views of another log (${foreign.join(', ')}): give an empty one`,
    );
};

/** Whatever the view store keeps that can't be built from the log: which jobs were done, positions of still earlier logs, and how far reactors are. */
export const copyKept = async (copy: KeptCopy): Promise<void> => {
  const live = await copy.source.live();
  for (const one of live) {
    const { view } = one.generation;
    if (view === doneJobsName) await copyDoneJobs(copy, one);
    if (view === earlierPositionsName) await copyEarlierPositions(copy);
    if (ofReactor(view)) await copyReactor(copy, one);
  }
};

/** Their rows know of no positions. */
const copyDoneJobs = async ({ source, target }: KeptCopy, { generation }: LiveGeneration): Promise<void> => {
  await source.open(generation, plain);
  const kept = await target.keep(generation.view, plain);
  for await (const rows of source.scan(generation))
    await target.write(
      kept,
      rows.map(({ key, from, openedBy: by, body }) => {
        return { change: 'open', key, from, by, body, columns: {}, words: [] };
      }),
    );
};

/** Positions of the source become positions of the target. */
const copyEarlierPositions = async ({ source, target, logId }: KeptCopy): Promise<void> => {
  const here = hereIn(target, logId);
  const positions = new EarlierPositions(target);
  for await (const { logId: earlierLogId, run } of new EarlierPositions(source).runs()) {
    const moved = [];
    for (const position of run) moved.push({ earlier: position.earlier, here: await here(position.here) });
    await positions.add(earlierLogId, moved);
  }
};

/** A reactor goes on where it was, with the events that it could not take. */
const copyReactor = async ({ source, target, logId }: KeptCopy, { generation }: LiveGeneration): Promise<void> => {
  const { view } = generation;
  const here = hereIn(target, logId);
  await source.open(generation, plain);
  const kept = await target.keep(view, plain);
  for (const event of await source.parked(generation))
    await target.park(kept, { ...event, position: await here(event.position) });
  const { position, recordedAt } = await source.checkpoint(view);
  if (position === startCheckpoint.position) return;
  const moved = { position: await here(position), recordedAt };
  if (await target.advance(view, startCheckpoint, moved)) return;
  const there = await target.checkpoint(view);
  if (there.position !== moved.position)
    throw new MigrationRefused(
      `The target’s ${generationName(kept)} stands elsewhere than the source’s: give an empty one`,
    );
};

const hereIn = (target: ViewStore, logId: string): ((position: bigint) => Promise<bigint>) => {
  const positions = new EarlierPositions(target);
  return async (position) => {
    const here = await positions.here({ logId, position });
    if (here === undefined) throw new Error(`${logId}:${position} was not copied`);
    return here;
  };
};
