import type { RecordedEvent } from './event-store.js';
import { StandingRows } from './standing-rows.js';
import type { Checkpoint, Generation, RowChange, ViewStore } from './view-store.js';
import type { RowsTouched, View } from './view.js';

const isKey = (touch: RowsTouched): touch is string => typeof touch === 'string';

/**
 * What a run of events makes of a view's rows, from those that stand on: one version an event and key,
 * each folded from the row just before its event. Writing the changes any number of times gives the same rows.
 */
export const foldOver = async (
  view: View,
  rows: StandingRows,
  events: readonly RecordedEvent[],
): Promise<readonly RowChange[]> => {
  const plan = events.map((event) => ({ event, touched: view.rows(event), reads: view.reads?.(event) ?? [] }));
  // Keys of an append-only view are new by definition, so only what is looked at needs reading.
  const keysTouched = view.appendOnly === true ? [] : plan.flatMap(({ touched }) => touched.filter(isKey));
  await rows.load([...keysTouched, ...plan.flatMap(({ reads }) => reads)]);
  const changes: RowChange[] = [];
  for (const { event, touched, reads } of plan) {
    const user = view.personal?.erased(event);
    if (view.personal && user !== undefined) changes.push(...(await rows.scrub(view.personal, user, event.position)));
    const keys = new Set<string>();
    for (const touch of touched) for (const key of await rows.keysOf(touch)) keys.add(key);
    const before = new Map(reads.map((key) => [key, rows.row(key)]));
    for (const key of keys) changes.push(...rows.fold(key, event, (read) => before.get(read)));
  }
  return changes;
};

/** {@link foldOver} the rows as of a checkpoint. */
export const foldBatch = async (
  view: View,
  store: ViewStore,
  generation: Generation,
  checkpoint: Checkpoint,
  events: readonly RecordedEvent[],
): Promise<{ readonly changes: readonly RowChange[] }> => {
  return { changes: await foldOver(view, new StandingRows(view, store, generation, checkpoint.position), events) };
};
