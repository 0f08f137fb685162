import type { RecordedEvent } from './event-store.js';
import type { JsonObject } from './json.js';
import type { Checkpoint, ColumnValue, Generation, RowChange, RowIndex, RowVersion, ViewStore } from './view-store.js';
import type { RowsTouched, View } from './view.js';

type Look = (key: string) => JsonObject | undefined;

interface Standing {
  readonly from: bigint;
  readonly row: JsonObject;
}

const isKey = (touch: RowsTouched): touch is string => typeof touch === 'string';

const indexOf = (view: View, row: JsonObject): RowIndex => ({
  columns: view.columnsOf(row),
  words: view.wordsOf?.(row) ?? [],
});

const stoodAt = (version: RowVersion, position: bigint): boolean =>
  version.from <= position && (version.until === null || version.until > position);

/** The rows as they stand while a batch is folded: those of the checkpoint, and over them what the batch did so far. */
class StandingRows {
  readonly #rows = new Map<string, Standing | undefined>();
  readonly #opened: { key: string; from: bigint; row: JsonObject }[] = [];
  readonly #listed = new Set<string>();

  readonly #view: View;
  readonly #store: ViewStore;
  readonly #generation: Generation;
  readonly #asOf: bigint;

  constructor(view: View, store: ViewStore, generation: Generation, asOf: bigint) {
    this.#view = view;
    this.#store = store;
    this.#generation = generation;
    this.#asOf = asOf;
  }

  async load(keys: readonly string[]): Promise<void> {
    const missing = [...new Set(keys)].filter((key) => !this.#rows.has(key));
    if (missing.length === 0) return;
    const found = await this.#store.get(this.#generation, missing, this.#asOf);
    for (const key of missing) this.#keep(key, found.get(key));
  }

  row(key: string): JsonObject | undefined {
    return this.#rows.get(key)?.row;
  }

  /** The keys of a touch, as the rows stand now. */
  async keysOf(touched: RowsTouched): Promise<readonly string[]> {
    if (typeof touched === 'string') return [touched];
    const { column, value } = touched;
    await this.#list(column, value);
    return [...this.#rows].filter(([, at]) => at && this.#holds(at.row, column, value)).map(([key]) => key);
  }

  fold(key: string, event: RecordedEvent, look: Look): RowChange[] {
    const before = this.#rows.get(key);
    const row = this.#view.fold(before?.row, event, key, look);
    if (row === before?.row) return [];
    const changes: RowChange[] = [];
    if (before !== undefined && this.#view.appendOnly !== true)
      changes.push({ change: 'close', key, from: before.from, until: event.position, by: event.id });
    if (row !== undefined) {
      const opened = { key, from: event.position, row };
      this.#opened.push(opened);
      changes.push({
        change: 'open',
        key,
        from: event.position,
        by: event.id,
        body: row,
        ...indexOf(this.#view, row),
      });
    }
    this.#rows.set(key, row === undefined ? undefined : { from: event.position, row });
    return changes;
  }

  /** Takes what is personal out of every version of a user's rows: stored, standing and opened by this batch. */
  async scrub(personal: NonNullable<View['personal']>, user: string): Promise<RowChange[]> {
    const versions = new Map<string, { key: string; from: bigint; row: JsonObject }>();
    for (const stored of await this.#store.versionsWhere(this.#generation, personal.byUser, user)) {
      versions.set(`${stored.from} ${stored.key}`, { key: stored.key, from: stored.from, row: stored.body });
      if (!this.#rows.has(stored.key) && stoodAt(stored, this.#asOf)) this.#keep(stored.key, stored);
    }
    for (const opened of this.#opened) {
      if (!this.#holds(opened.row, personal.byUser, user)) continue;
      opened.row = personal.scrub(opened.row);
      versions.set(`${opened.from} ${opened.key}`, opened);
    }
    for (const [key, at] of this.#rows)
      if (at && this.#holds(at.row, personal.byUser, user)) this.#rows.set(key, { ...at, row: personal.scrub(at.row) });
    return [...versions.values()].map(({ key, from, row }) => {
      const body = personal.scrub(row);
      return { change: 'rewrite', key, from, body, ...indexOf(this.#view, body) };
    });
  }

  #holds(row: JsonObject, column: string, value: ColumnValue): boolean {
    return this.#view.columnsOf(row)[column] === value;
  }

  #keep(key: string, version: RowVersion | undefined): void {
    this.#rows.set(key, version && { from: version.from, row: version.body });
  }

  async #list(column: string, value: ColumnValue): Promise<void> {
    const selector = JSON.stringify([column, value]);
    if (this.#listed.has(selector)) return;
    // Not `list`: this one is indexed also while the bulk is loaded.
    for (const version of await this.#store.versionsWhere(this.#generation, column, value))
      if (!this.#rows.has(version.key) && stoodAt(version, this.#asOf)) this.#keep(version.key, version);
    this.#listed.add(selector);
  }
}

/**
 * What a run of events makes of a view's rows, from the rows as of the checkpoint on: one version an event and key,
 * each folded from the row just before its event. Writing the changes any number of times gives the same rows.
 */
export const foldBatch = async (
  view: View,
  store: ViewStore,
  generation: Generation,
  checkpoint: Checkpoint,
  events: readonly RecordedEvent[],
): Promise<{ readonly changes: readonly RowChange[] }> => {
  const rows = new StandingRows(view, store, generation, checkpoint.position);
  const plan = events.map((event) => ({ event, touched: view.rows(event), reads: view.reads?.(event) ?? [] }));
  // Keys of an append-only view are new by definition, so only what is looked at needs reading.
  const keysTouched = view.appendOnly === true ? [] : plan.flatMap(({ touched }) => touched.filter(isKey));
  await rows.load([...keysTouched, ...plan.flatMap(({ reads }) => reads)]);
  const changes: RowChange[] = [];
  for (const { event, touched, reads } of plan) {
    const user = view.personal?.erased(event);
    if (view.personal && user !== undefined) changes.push(...(await rows.scrub(view.personal, user)));
    const keys = new Set<string>();
    for (const touch of touched) for (const key of await rows.keysOf(touch)) keys.add(key);
    const before = new Map(reads.map((key) => [key, rows.row(key)]));
    for (const key of keys) changes.push(...rows.fold(key, event, (read) => before.get(read)));
  }
  return { changes };
};
