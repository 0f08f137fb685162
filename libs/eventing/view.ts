import type { RecordedEvent } from './event-store.js';
import type { JsonObject } from './json.js';
import type { ColumnValue, ViewSchema } from './view-store.js';

/** The rows an event touches: one by its key, or all that now hold a column value. */
export type RowsTouched = string | { readonly column: string; readonly value: ColumnValue };

/**
 * A view: a keyed fold over the log, written once and run on any view store.
 * All functions are pure; events come upcast and with their personal fields opened ('[erased]' once the key is gone).
 */
export interface View<Row extends JsonObject = JsonObject> extends ViewSchema {
  readonly name: string;
  /** Raise it when rows would come out differently: the view is then rebuilt beside the old one. */
  readonly version: number;
  /** The rows that the event may change; none for events that are not of this view. A row is folded once an event. */
  readonly rows: (event: RecordedEvent) => readonly RowsTouched[];
  /** Other rows of this view that the fold looks at without changing them. */
  readonly reads?: (event: RecordedEvent) => readonly string[];
  /**
   * The row after the event, undefined for none; the row itself (same reference) for no change.
   * `look` gives the rows named by `reads`, as they stood before the event.
   */
  readonly fold: (
    row: Row | undefined,
    event: RecordedEvent,
    key: string,
    look: (key: string) => Row | undefined,
  ) => Row | undefined;
  readonly columnsOf: (row: Row) => Readonly<Record<string, ColumnValue>>;
  /** Folded words to search by; see search-text.ts. */
  readonly wordsOf?: (row: Row) => readonly string[];
  /** For views whose rows hold a person's name or e-mail. */
  readonly personal?: {
    /** The column with the user's id. */
    readonly byUser: string;
    /** The user whom this event erases. */
    readonly erased: (event: RecordedEvent) => string | undefined;
    /** The row without what is personal; applied to all versions of the user's rows. */
    readonly scrub: (row: Row) => Row;
  };
}
