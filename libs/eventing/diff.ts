import { Refusal } from './refusal.js';
import type { Cause, Condition, Generation, RowVersion, ViewStore } from './view-store.js';

export interface DiffQuery {
  /** What changed after this position … */
  readonly from: bigint;
  /** … up to and with this one. */
  readonly to: bigint;
  /** Met by some version of the row that began or ended in between. */
  readonly where: readonly Condition[];
  /** Only keys after this one. */
  readonly afterKey?: string;
  readonly limit: number;
}

export interface DiffLine {
  readonly key: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly before: RowVersion | null;
  readonly after: RowVersion | null;
  /** What opened or closed a version of the row in between, in log order. */
  readonly causes: readonly Cause[];
}

/**
 * The rows whose version differs between two positions, by key; those that came and went in between are left out.
 * `next` is the key to go on after.
 * @throws Refusal invalid-request when `from` lies after `to`
 */
export const diff = async (
  store: ViewStore,
  generation: Generation,
  { from, to, where, afterKey, limit }: DiffQuery,
): Promise<{ readonly lines: readonly DiffLine[]; readonly next: string | undefined }> => {
  if (from > to) throw new Refusal('invalid-request', {}, [{ code: 'range', pointer: '/from' }]);
  const found: { key: string; before: RowVersion | null; after: RowVersion | null }[] = [];
  let place = afterKey;
  for (let more = true; more && found.length <= limit;) {
    const touch = { after: from, upTo: to, where, limit: limit + 1, ...(place !== undefined && { afterKey: place }) };
    const keys = await store.touched(generation, touch);
    const [befores, afters] = await Promise.all([store.get(generation, keys, from), store.get(generation, keys, to)]);
    for (const key of keys) {
      const before = befores.get(key) ?? null;
      const after = afters.get(key) ?? null;
      if (before?.from !== after?.from) found.push({ key, before, after });
    }
    place = keys.at(-1);
    more = keys.length > limit;
  }
  const kept = found.slice(0, limit);
  const causes = await store.causes(
    generation,
    kept.map(({ key }) => key),
    { after: from, upTo: to },
  );
  const lines = kept.map(({ key, before, after }): DiffLine => {
    const change = before === null ? 'added' : after === null ? 'removed' : 'changed';
    return { key, change, before, after, causes: causes.get(key) ?? [] };
  });
  return { lines, next: found.length > limit ? kept.at(-1)?.key : undefined };
};
