import { Refusal } from './refusal.js';
import type { Condition, Generation, RowVersion, ViewStore } from './view-store.js';

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

/** An event that opened or closed a version of the row in between. */
export interface DiffCause {
  readonly eventId: string;
  readonly position: bigint;
}

export interface DiffLine {
  readonly key: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly before: RowVersion | null;
  readonly after: RowVersion | null;
  /** In log order. */
  readonly causes: readonly DiffCause[];
}

const causesOf = (versions: readonly RowVersion[], from: bigint, to: bigint): readonly DiffCause[] => {
  const causes = new Map<bigint, DiffCause>();
  const note = (position: bigint | null, eventId: string | null): void => {
    if (position !== null && eventId !== null && position > from && position <= to)
      causes.set(position, { eventId, position });
  };
  for (const version of versions) {
    note(version.from, version.openedBy);
    note(version.until, version.closedBy);
  }
  return [...causes.values()].sort((a, b) => (a.position < b.position ? -1 : 1));
};

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
  const lineOf = async (key: string, before: RowVersion | null, after: RowVersion | null): Promise<DiffLine> => ({
    key,
    change: before === null ? 'added' : after === null ? 'removed' : 'changed',
    before,
    after,
    causes: causesOf(await store.versions(generation, key), from, to),
  });

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
  const lines = await Promise.all(kept.map(({ key, before, after }) => lineOf(key, before, after)));
  return { lines, next: found.length > limit ? kept.at(-1)?.key : undefined };
};
