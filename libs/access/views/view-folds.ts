import { type Actor } from '#eventing/command.js';
import type { RecordedEvent } from '#eventing/event-store.js';
import type { JsonObject } from '#eventing/json.js';
import { actorOf } from '#eventing/metadata.js';
import type { RowsTouched, View } from '#eventing/view.js';
import type { EventDataOf, EventName } from '../events.js';

/** Which rows an event of one kind touches, and what becomes of each. */
interface Case<Row, Name extends EventName> {
  readonly rows: (data: EventDataOf<Name>, event: RecordedEvent) => readonly RowsTouched[];
  /** Rows that `look` gives. */
  readonly reads?: (data: EventDataOf<Name>) => readonly string[];
  readonly fold: (
    row: Row | undefined,
    data: EventDataOf<Name>,
    event: RecordedEvent,
    key: string,
    look: (key: string) => Row | undefined,
  ) => Row | undefined;
}

/** A view as a table from the event's name to what it does. An event that is not named is not of the view. */
export type ViewFolds<Row> = { readonly [Name in EventName]?: Case<Row, Name> };

/** The functions of a view that follow from its table. */
export const viewFolds = <Row extends JsonObject>(
  folds: ViewFolds<Row>,
): Required<Pick<View<Row>, 'rows' | 'reads' | 'fold'>> => {
  const byType = new Map(Object.entries(folds) as [string, Case<Row, never>][]);
  const dataOf = (event: RecordedEvent): never => event.data as never;
  return {
    rows: (event) => byType.get(event.type)?.rows(dataOf(event), event) ?? [],
    reads: (event) => byType.get(event.type)?.reads?.(dataOf(event)) ?? [],
    fold: (row, event, key, look) => {
      const known = byType.get(event.type);
      return known === undefined ? row : known.fold(row, dataOf(event), event, key, look);
    },
  };
};

/** Who decided, as rows hold it. */
export type ActorOfRow = { readonly kind: Actor['kind']; readonly id: string };

export const decidedBy = (event: RecordedEvent): ActorOfRow => {
  const { kind, id } = actorOf(event);
  return { kind, id };
};

export const revisionOf = (event: RecordedEvent): string => event.revision.toString();
