import type { AdvanceOptions } from './checkpoints.js';
import type { JsonObject } from './json.js';

export type ColumnValue = string | number | null;
export type ColumnType = 'text' | 'integer';

/** What an adapter must know to hold the rows of one view. Column names are lower camel case. */
export interface ViewSchema {
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Column lists that queries filter or sort by; the row key is always the last part. */
  readonly indexes: readonly (readonly string[])[];
  /** Columns that are sorted by or compared with ranges, and never asked for by value: rows of the past need no index by them. */
  readonly sortedBy?: readonly string[];
  /** Rows of such a view are never closed: its key is the position. */
  readonly appendOnly?: boolean;
}

/** One version of a row: it stood for positions in `[from, until)`. */
export interface RowVersion {
  readonly key: string;
  readonly from: bigint;
  /** Absent while it stands. */
  readonly until: bigint | null;
  /** Ids of the events that opened and closed it. */
  readonly openedBy: string;
  readonly closedBy: string | null;
  readonly body: JsonObject;
}

/** What is stored beside the body so that rows can be found and sorted. */
export interface RowIndex {
  readonly columns: Readonly<Record<string, ColumnValue>>;
  /** Folded words that a search may begin with. */
  readonly words: readonly string[];
}

export type RowChange =
  /** Inserts a version that is still standing; nothing happens if (key, from) is there. */
  | ({
      readonly change: 'open';
      readonly key: string;
      readonly from: bigint;
      readonly by: string;
      readonly body: JsonObject;
    } & RowIndex)
  /** Ends the version (key, from); nothing happens if it has ended. */
  | {
      readonly change: 'close';
      readonly key: string;
      readonly from: bigint;
      readonly until: bigint;
      readonly by: string;
    }
  /** Replaces what the version (key, from) holds, its range untouched: for scrubbing a person. */
  | ({ readonly change: 'rewrite'; readonly key: string; readonly from: bigint; readonly body: JsonObject } & RowIndex);

/** How far a view (or a reactor) is: all events up to the position are in. */
export interface Checkpoint {
  readonly position: bigint;
  /** The latest `recordedAt` up to there, '' at the beginning. */
  readonly recordedAt: string;
  /** Which memory keeps it, where that can be lost by itself. */
  readonly memory?: string;
}
export const startCheckpoint: Checkpoint = { position: 0n, recordedAt: '' };

/** One built or building copy of a view: the table `user-applications@4`. */
export interface Generation {
  readonly view: string;
  /** Counts up with every rebuild of the view. */
  readonly number: number;
  /** The version of the view's definition that it is built by. */
  readonly version: number;
  readonly state: 'building' | 'live';
}

/** A generation that is read, and how far it is. */
export interface LiveGeneration {
  readonly generation: Generation;
  readonly checkpoint: Checkpoint;
}

/** `column` may also be `key`. Text compares byte by byte; null sorts before everything. */
export type Condition =
  | { readonly column: string; readonly in: readonly ColumnValue[] }
  | { readonly column: string; readonly notIn: readonly ColumnValue[] }
  /** from ≤ value < below */
  | { readonly column: string; readonly from?: string | number; readonly below?: string | number }
  /** Some word of the row starts with this folded text. */
  | { readonly wordStartsWith: string }
  | { readonly anyOf: readonly Condition[] };

export interface RowQuery {
  /** Rows as they stood at this position. */
  readonly asOf: bigint;
  readonly where: readonly Condition[];
  /** Ties are sorted by key, in the same direction. */
  readonly order: { readonly column: string; readonly descending: boolean };
  /** Only what sorts strictly after this place. */
  readonly after?: { readonly value: ColumnValue; readonly key: string };
  readonly limit: number;
}

/** An event that opened or closed a version of a row. */
export interface Cause {
  readonly eventId: string;
  readonly position: bigint;
}

/** A found row, with the sort column's value for the next page. */
export interface FoundRow extends RowVersion {
  readonly sortValue: ColumnValue;
}

/** An event that a view could not take in, or a later one of the same stream. */
export interface ParkedEvent {
  readonly stream: string;
  readonly position: bigint;
  readonly eventId: string;
  readonly type: string;
  /** Why; for later events of the stream: after which position. Holds no personal data. */
  readonly error: string;
}

/** Temporal rows and checkpoints. Every adapter passes `viewStoreContract` whole. All errors but misuse are {@link StoreUnavailable}. */
export interface ViewStore {
  /** All generations of a view, ascending by number. */
  generations(view: string): Promise<readonly Generation[]>;
  /** Makes an empty generation in state `building` with the next number; its secondary indexes are left to {@link ViewStore.index}. */
  create(view: string, version: number, schema: ViewSchema): Promise<Generation>;
  /** Declares the schema of a generation that is there already (after a restart), making what is missing. Indexes of a live one are made. */
  open(generation: Generation, schema: ViewSchema): Promise<void>;
  /** Makes the secondary indexes, once the bulk is loaded. Idempotent. */
  index(generation: Generation): Promise<void>;
  /** Makes a building generation the live one in one step; earlier ones are dropped. */
  promote(generation: Generation): Promise<Generation>;
  drop(generation: Generation): Promise<void>;
  /** The one generation of a name that is never rebuilt: made live at first use, and the same for all that race to be first. */
  keep(name: string, schema: ViewSchema): Promise<Generation>;

  /**
   * Applies changes in the order given. Each is idempotent, so that two owners may write the same. What is folded next is given them; they are listed,
   * and last, once the generation's checkpoint has moved past them, those of a {@link ViewStore.keep kept} one at once.
   */
  write(generation: Generation, changes: readonly RowChange[]): Promise<void>;
  /** The checkpoint under a name, {@link startCheckpoint} when there is none. Generations use `view@number`. */
  checkpoint(name: string): Promise<Checkpoint>;
  /** Every live generation with its checkpoint, in one look: for processes that read what others keep up. */
  live(): Promise<readonly LiveGeneration[]>;
  /**
   * Moves the checkpoint only if it still stands at `from.position`; says whether it did.
   * @throws StoreUnavailable also when rows written since it last moved were lost
   */
  advance(name: string, from: Checkpoint, to: Checkpoint, options?: AdvanceOptions): Promise<boolean>;

  /** The versions that stood at the position, by key; absent keys are left out. */
  get(generation: Generation, keys: readonly string[], asOf: bigint): Promise<ReadonlyMap<string, RowVersion>>;
  list(generation: Generation, query: RowQuery): Promise<readonly FoundRow[]>;
  /** How many rows (or distinct values of a column) match, counted no further than `cap`. */
  count(
    generation: Generation,
    query: { asOf: bigint; where: readonly Condition[]; distinct?: string; cap: number },
  ): Promise<number>;
  /** The keys, ascending, of rows that match and were opened or closed within (after, upTo]. */
  touched(
    generation: Generation,
    query: { after: bigint; upTo: bigint; where: readonly Condition[]; afterKey?: string; limit: number },
  ): Promise<readonly string[]>;
  /** What opened or closed versions of the keys within (after, upTo], in log order; keys that nothing touched are left out. */
  causes(
    generation: Generation,
    keys: readonly string[],
    range: { after: bigint; upTo: bigint },
  ): Promise<ReadonlyMap<string, readonly Cause[]>>;
  /** All versions of a key, ascending by `from`. */
  versions(generation: Generation, key: string): Promise<readonly RowVersion[]>;
  /** All versions with a column value, past ones included; with a position, those that stood there. Indexed also while the bulk is loaded. */
  versionsWhere(
    generation: Generation,
    column: string,
    value: ColumnValue,
    standingAt?: bigint,
  ): Promise<readonly RowVersion[]>;
  /** Every version in (key, from) order, in batches. */
  scan(generation: Generation): AsyncIterable<readonly RowVersion[]>;

  /** Remembers an event as parked; the same one again changes nothing. */
  park(generation: Generation, event: ParkedEvent): Promise<void>;
  parked(generation: Generation): Promise<readonly ParkedEvent[]>;
  close(): Promise<void>;
}

/** The name of a generation's table and checkpoint: `user-applications@4`. */
export const generationName = (generation: Generation): string => `${generation.view}@${generation.number}`;
