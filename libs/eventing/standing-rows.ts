import type { RecordedEvent } from './event-store.js';
import type { JsonObject } from './json.js';
import {
  startCheckpoint,
  type ColumnValue,
  type Generation,
  type RowChange,
  type RowIndex,
  type RowVersion,
  type ViewStore,
} from './view-store.js';
import type { RowsTouched, View } from './view.js';

type Look = (key: string) => JsonObject | undefined;

interface Standing {
  readonly from: bigint;
  readonly row: JsonObject;
  readonly columns: RowIndex['columns'];
}

const stoodAt = (version: RowVersion, position: bigint): boolean =>
  version.from <= position && (version.until === null || version.until > position);

/** Undefined for no row. */
const valueOf = (standing: Standing | undefined, column: string): ColumnValue | undefined =>
  standing && (standing.columns[column] ?? null);

/** Which keys stand with which value of one column. */
class KeysByValue {
  readonly #keys = new Map<ColumnValue, Set<string>>();

  of(value: ColumnValue): readonly string[] {
    return [...(this.#keys.get(value) ?? [])];
  }

  move(key: string, from: ColumnValue | undefined, to: ColumnValue | undefined): void {
    if (from === to) return;
    if (from !== undefined) this.#keys.get(from)?.delete(key);
    if (to === undefined) return;
    const keys = this.#keys.get(to) ?? new Set();
    this.#keys.set(to, keys.add(key));
  }
}

/** The rows as they stand while events are folded: those of the checkpoint, and over them what was folded so far. */
export class StandingRows {
  readonly #rows = new Map<string, Standing | undefined>();
  #opened: { key: string; from: bigint; row: JsonObject }[] = [];
  readonly #listed = new Set<string>();
  /** For the columns that were asked for. */
  readonly #byColumn = new Map<string, KeysByValue>();

  readonly #view: View;
  readonly #store: ViewStore;
  readonly #generation: Generation;
  #asOf: bigint;
  /** Begun with none, it holds all there are, and the store is not asked. */
  readonly #isComplete: boolean;

  constructor(view: View, store: ViewStore, generation: Generation, asOf: bigint) {
    this.#view = view;
    this.#store = store;
    this.#generation = generation;
    this.#asOf = asOf;
    this.#isComplete = asOf === startCheckpoint.position && generation.state === 'building';
  }

  /** How far the rows are that the store has. */
  get asOf(): bigint {
    return this.#asOf;
  }

  /** How many rows are held. */
  get size(): number {
    return this.#rows.size;
  }

  /** All that was folded, up to a position, is written: more may be folded over it. */
  written(upTo: bigint): void {
    this.#asOf = upTo;
    this.#opened = [];
  }

  async load(keys: readonly string[]): Promise<void> {
    const missing = [...new Set(keys)].filter((key) => !this.#rows.has(key));
    if (missing.length === 0 || this.#isComplete) return;
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
    return this.#keysBy(column).of(value);
  }

  fold(key: string, event: RecordedEvent, look: Look): RowChange[] {
    const before = this.#rows.get(key);
    const row = this.#view.fold(before?.row, event, key, look);
    if (row === before?.row) return [];
    const changes: RowChange[] = [];
    if (before !== undefined && this.#view.appendOnly !== true)
      changes.push({ change: 'close', key, from: before.from, until: event.position, by: event.id });
    if (row === undefined) {
      this.#put(key, undefined);
      return changes;
    }
    const index = this.#indexOf(row);
    if (this.#view.personal !== undefined) this.#opened.push({ key, from: event.position, row });
    changes.push({ change: 'open', key, from: event.position, by: event.id, body: row, ...index });
    this.#put(key, { from: event.position, row, columns: index.columns });
    return changes;
  }

  /**
   * Takes what is personal out of every version of a user's rows that was opened before a position: stored, standing and
   * opened by this batch. Later ones are of an owner that is further on, and as the log has them.
   */
  async scrub(personal: NonNullable<View['personal']>, user: string, position: bigint): Promise<RowChange[]> {
    const versions = new Map<string, { key: string; from: bigint; row: JsonObject }>();
    for (const stored of await this.#store.versionsWhere(this.#generation, personal.byUser, user)) {
      if (stored.from >= position) continue;
      versions.set(`${stored.from} ${stored.key}`, { key: stored.key, from: stored.from, row: stored.body });
      if (!this.#rows.has(stored.key) && stoodAt(stored, this.#asOf)) this.#keep(stored.key, stored);
    }
    for (const opened of this.#opened) {
      if (this.#view.columnsOf(opened.row)[personal.byUser] !== user) continue;
      opened.row = personal.scrub(opened.row);
      versions.set(`${opened.from} ${opened.key}`, opened);
    }
    for (const key of this.#keysBy(personal.byUser).of(user)) {
      const at = this.#rows.get(key);
      if (at === undefined) continue;
      const row = personal.scrub(at.row);
      this.#put(key, { from: at.from, row, columns: this.#view.columnsOf(row) });
    }
    return [...versions.values()].map(({ key, from, row }) => {
      const body = personal.scrub(row);
      return { change: 'rewrite', key, from, body, ...this.#indexOf(body) };
    });
  }

  #indexOf(row: JsonObject): RowIndex {
    return { columns: this.#view.columnsOf(row), words: this.#view.wordsOf?.(row) ?? [] };
  }

  #keysBy(column: string): KeysByValue {
    const known = this.#byColumn.get(column);
    if (known !== undefined) return known;
    const keys = new KeysByValue();
    for (const [key, at] of this.#rows) keys.move(key, undefined, valueOf(at, column));
    this.#byColumn.set(column, keys);
    return keys;
  }

  #put(key: string, standing: Standing | undefined): void {
    const before = this.#rows.get(key);
    for (const [column, keys] of this.#byColumn) keys.move(key, valueOf(before, column), valueOf(standing, column));
    if (standing === undefined && this.#isComplete) this.#rows.delete(key);
    else this.#rows.set(key, standing);
  }

  #keep(key: string, version: RowVersion | undefined): void {
    const { from, body: row } = version ?? {};
    this.#put(
      key,
      from === undefined || row === undefined ? undefined : { from, row, columns: this.#view.columnsOf(row) },
    );
  }

  async #list(column: string, value: ColumnValue): Promise<void> {
    if (this.#isComplete) return;
    const selector = JSON.stringify([column, value]);
    if (this.#listed.has(selector)) return;
    for (const version of await this.#store.versionsWhere(this.#generation, column, value, this.#asOf))
      if (!this.#rows.has(version.key)) this.#keep(version.key, version);
    this.#listed.add(selector);
  }
}
